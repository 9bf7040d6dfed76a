/** The window's entry: one line to the engine, the views of it, the pages. */
import './app/theme.css'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './app/App.vue'
import { createPages } from './app/router.ts'
import { followTheme } from './app/theme.ts'
import { connect, engineOf } from './engine/index.ts'
import { offerGpu } from './gpu/index.ts'

followTheme()
const connection = connect()
createApp(App).use(engineOf(connection)).use(createPinia()).use(createPages()).mount('#app')
void offerGpu(connection)
