import { setTimeout as sleep } from 'node:timers/promises'
import type { Router } from '@orpc/server'
import type { Contract, Engine } from '#contract'
import { placesOf } from './engine/places.ts'
import { remember } from './shell/settings.ts'
import { connectInMemory, connectLocally, listenLocally } from './transport/index.ts'

/** An engine in this process, that others on this computer may also call. */
export interface Host {
  router: Router<Contract, Record<never, never>>
  folder: string
  readOnly: boolean
  /** Resolves when no other process works on it through this one. */
  idle(): Promise<void>
  close(): Promise<void>
}

/**
 * Opens a workspace in this process. While it is held for writing, the command line reaches it by a local socket, so
 * that a terminal and a window work on the same workspace at the same time.
 */
export async function hostEngine(workspace: string): Promise<Host> {
  // Not before it is needed: a command that reaches a running engine does without all of it.
  const { openHouse } = await import('./engine/house.ts')
  const house = await openHouse(placesOf(workspace))
  const local = house.readOnly ? null : await listenLocally(house.router, house.folder)
  remember({ workspace: house.folder })
  return {
    router: house.router,
    folder: house.folder,
    readOnly: house.readOnly,
    idle: async () => local?.idle(),
    async close() {
      await local?.close()
      await house.close()
    },
  }
}

/** Tries to reach who holds a workspace that cannot be had for writing, a tenth of a second apart. */
const TRIES = 10

/** The engine of a workspace: the one that already has it open, else one of our own in this process. */
export async function reachEngine(
  workspace: string,
): Promise<{ engine: Engine; own: boolean; close(): Promise<void> }> {
  let host: Host
  // Whoever takes a workspace is there to be called a moment later: of two commands begun together, one calls the other.
  for (let tries = 0; ; tries++) {
    const running = await connectLocally(workspace)
    if (running) return { ...running, own: false }
    host = await hostEngine(workspace)
    if (!host.readOnly || tries === TRIES) break
    await host.close()
    await sleep(100)
  }
  return { engine: connectInMemory(host.router), own: true, close: () => host.idle().then(host.close) }
}
