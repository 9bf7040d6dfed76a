/** Publishes one version after the other once it is told to: `<workspace> <keys> <repository> <site> <version>...`. */
import { once } from 'node:events'
import { house } from './processHouse.ts'

const [workspace = '', keys = '', to = '', site = '', ...versions] = process.argv.slice(2)
const { publish, call, close } = house({ keys, workspace })
await call.init({ site, to })
process.send?.('ready')
await once(process, 'message')
for (const version of versions) await publish({ to, site, version: Number(version) })
await close()
process.exit()
