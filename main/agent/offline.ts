import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fail } from '../engine/kit/index.ts'
import { systemClock } from './clock.ts'
import { type Core, openCore } from './core.ts'
import { nodeDisk } from './disk/index.ts'
import { idleServing } from './idle.ts'
import { lockState } from './lock.ts'
import { nameOf } from './name.ts'
import { TRIAL } from './parts.ts'
import { openProfile } from './profile.ts'
import { reportOf } from './report.ts'
import { sealReport } from './reporter.ts'
import { stateFolder } from './stateFolder.ts'

/** A device that does not run, while somebody works on its state folder. */
export interface OfflineDevice {
  core: Core
  name: string
  report(): ReturnType<typeof reportOf>
  /** Its signed report. */
  request(): string
}

/**
 * Opens the state folder of a device that does not run, for one piece of work.
 * @throws Failure `not-found` for a folder that is none, `workspace-locked` while the agent runs
 */
export async function onDeviceAtRest<T>(
  state: string,
  options: {
    profile?: string | undefined
    site?: string | undefined
    name?: string | undefined
    isNew?: boolean
    serves?: boolean
  },
  work: (device: OfflineDevice) => Promise<T>,
): Promise<T> {
  if (!options.isNew && !existsSync(join(state, 'id')) && !existsSync(join(state, 'current.json')))
    throw fail(
      'not-found',
      `There is no device in ${state}.`,
      'Name the state folder that the agent was started with.',
    )
  const folder = stateFolder(state)
  const lock = await lockState(folder)
  const stop = new AbortController()
  let core: Core | null = null
  try {
    // The runtimes take longer to load than all else here.
    const openServing = options.serves ? (await import('./serving/index.ts')).openServing : idleServing
    core = await openCore({
      disk: nodeDisk,
      clock: systemClock,
      folder,
      profile: openProfile(options.profile),
      site: options.site ?? null,
      roots: null,
      trial: TRIAL,
      signal: stop.signal,
      openServing,
      nudge: () => {},
    })
    const open = core
    const name = nameOf(folder, options.name)
    const report = () =>
      reportOf(open.parts, open, { name, address: null, stopped: true, trouble: open.lookout.trouble })
    return await work({ core, name, report, request: () => sealReport(report(), open.parts.identity.key) })
  } finally {
    stop.abort()
    await core?.parts.serving.close()
    lock.release()
  }
}
