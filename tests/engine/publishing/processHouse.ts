/** The room in a process of its own: `registerHooks` takes away what tidies up after a test, which it is not. */
import { registerHooks } from 'node:module'

registerHooks({
  resolve: (name, context, next) =>
    name === 'vitest'
      ? { url: 'data:text/javascript,export const afterEach = () => {}', shortCircuit: true }
      : next(name, context),
})
export const { house } = await import('./house.ts')
