import { type App, type InjectionKey, inject } from 'vue'
import type { Connection } from './client.ts'

const key: InjectionKey<Connection> = Symbol('engine')

/** Gives the whole app its line to the engine; a Vue plugin. */
export const engineOf = (connection: Connection) => ({
  install: (app: App) => app.provide(key, connection),
})

/** The line to the engine, for setup functions and stores. */
export function useEngine(): Connection {
  const connection = inject(key)
  if (!connection) throw new Error('no engine was given to this app')
  return connection
}
