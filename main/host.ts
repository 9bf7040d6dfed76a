import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
  /** Resolves when no other process works on it through this one, nor can begin to. */
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

/** A folder of a process that is gone; the number in its name is that process's. */
const SCRATCH = /^edgewright-(\d+)-\w+$/

const isGone = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

/** An engine for one piece of work on files, over a workspace of its own that goes when it is closed. */
export async function lendEngine(): Promise<Reached> {
  const { openHouse } = await import('./engine/house.ts')
  // What a process that was killed left behind is in nobody's way but the disk's.
  for (const name of readdirSync(tmpdir())) {
    const pid = Number(SCRATCH.exec(name)?.[1] ?? 0)
    if (pid > 0 && isGone(pid)) rmSync(join(tmpdir(), name), { recursive: true, force: true })
  }
  const folder = mkdtempSync(join(tmpdir(), `edgewright-${process.pid}-`))
  const drop = () => rmSync(folder, { recursive: true, force: true })
  try {
    const house = await openHouse(placesOf(folder))
    return {
      engine: connectInMemory(house.router),
      own: true,
      readOnly: false,
      lent: true,
      close: () => house.close().finally(drop),
    }
  } catch (error) {
    drop()
    throw error
  }
}

/** Tries to reach who holds a workspace that cannot be had for writing, a tenth of a second apart. */
const TRIES = 10

/** An engine that was reached, and whether it is this process's own. */
export interface Reached {
  engine: Engine
  own: boolean
  readOnly: boolean
  /** Its workspace goes when it is closed, and with it the list of its jobs. */
  lent?: boolean
  close(): Promise<void>
}

/** The engine of a workspace: the one that already has it open, else one of our own in this process. */
export async function reachEngine(workspace: string): Promise<Reached> {
  let host: Host
  // Whoever takes a workspace is there to be called a moment later: of two commands begun together, one calls the other.
  for (let tries = 0; ; tries++) {
    const running = await connectLocally(workspace)
    if (running) return { ...running, own: false, readOnly: false }
    host = await hostEngine(workspace)
    if (!host.readOnly || tries === TRIES) break
    await host.close()
    await sleep(100)
  }
  return {
    engine: connectInMemory(host.router),
    own: true,
    readOnly: host.readOnly,
    close: () => host.idle().then(host.close),
  }
}
