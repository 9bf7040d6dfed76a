/** `publishing publish` of the room itself, killed at a step: `<step> <workspace> <keys> <repository>`. */
import { registerHooks } from 'node:module'
import { countDown, ended } from '../../agent/countdown.ts'

// What tidies up after a test has nothing to do in a process that dies.
registerHooks({
  resolve: (name, context, next) =>
    name === 'vitest'
      ? { url: 'data:text/javascript,export const afterEach = () => {}', shortCircuit: true }
      : next(name, context),
})
const { house } = await import('./house.ts')

const [at, workspace = '', keys = '', to = ''] = process.argv.slice(2)
const { publish } = house({ keys, workspace })
countDown(Number(at))
await publish({ to, version: 2 })
ended()
