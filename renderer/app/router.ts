import { createRouter, createWebHashHistory, type Router, type RouterHistory } from 'vue-router'
import { pages } from './rooms.ts'

/** Addresses of the window's pages. They stand behind the hash, so that a shell has one file to serve. */
export const createPages = (history: RouterHistory = createWebHashHistory()): Router =>
  createRouter({
    history,
    routes: [
      ...pages.map(({ name, path, page }) => ({
        name,
        path: name === 'home' ? path : `${path}/:id?`,
        component: page as () => Promise<never>,
      })),
      { path: '/:rest(.*)*', redirect: '/' },
    ],
  })
