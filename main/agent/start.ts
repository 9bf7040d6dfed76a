import { createServer } from 'node:http'
import { join } from 'node:path'
import { fail, listen } from '../engine/kit/index.ts'
import { openSource, type Source } from '../engine/release/index.ts'
import { systemClock } from './clock.ts'
import { openCore } from './core.ts'
import { openDevice } from './device.ts'
import { nodeDisk, writeDurably } from './disk/index.ts'
import { lockState } from './lock.ts'
import type { MeasuringOptions } from './measure/index.ts'
import { nameOf } from './name.ts'
import { TRIAL, type TrialTerms } from './parts.ts'
import { pinOf } from './pin.ts'
import type { Clock } from './ports.ts'
import { openProfile } from './profile.ts'
import { restDoor } from './rest/index.ts'
import { rootsFrom } from './roots.ts'
import { leaveWord } from './running.ts'
import { selfTest } from './selfTest.ts'
import { openServing } from './serving/index.ts'
import { stateFolder } from './stateFolder.ts'
import type { Event } from './timeline.ts'

export interface AgentOptions {
  /** A folder, or the http(s) address of a repository; left out for a box that only sees sticks. */
  repository?: string | undefined
  /** The device's own folder; made where it is missing. It survives restarts, and belongs to one agent at a time. */
  state: string
  /** 0: any free one. */
  port: number
  /** Default: this machine only. */
  host?: string | undefined
  /** Default: the name of this machine. */
  name?: string | undefined
  /** Default: the only site that is there. */
  site?: string | undefined
  /** Whom to trust: a root file, or the fingerprint of the root keys. Default: the first that is seen. */
  root?: string | undefined
  /** File that says what a model may take. Default: all that this machine has. */
  profile?: string | undefined
  /** Where sticks are mounted. */
  media?: string | undefined
  /** Default: as the plan says; every second where the repository is a folder or on this machine. */
  pollSeconds?: number | undefined
  /** Lets others measure models on this device. Default: nobody may. */
  measure?: MeasuringOptions
  /** Default: 200 rows or a minute without an error, at most 3 starts. */
  trial?: Partial<TrialTerms>
  /** Is told what happens, as it happens. */
  heard?: (event: Event) => void
  /** For tests. */
  clock?: Clock
  signal?: AbortSignal
}

export interface Agent {
  /** Where it answers, `http://127.0.0.1:8501`. */
  address: string
  id: string
  /** What people compare when they approve it, `1234-5678`. */
  code: string
  /** Lets a person steer it from its page. To be shown on the box and nowhere else. */
  pin: string
  close(): Promise<void>
}

/** Milliseconds that requests get to end when the agent stops. */
const GRACE = 3000

function sourceFrom({ repository, media }: AgentOptions): Source | null {
  if (repository !== undefined) return openSource(repository, process.env.EDGEWRIGHT_TOKEN)
  if (media !== undefined) return null
  throw fail(
    'bad-input',
    'Nobody said where releases come from.',
    'Name a repository with --repo, or where sticks are mounted with --media.',
  )
}

/**
 * Starts a device in this process: it comes up with the version it had, offline too, then follows its repository.
 * @throws Failure `port-taken`, `workspace-locked`, `bad-input`, `unreadable-file`, `unsupported`, `no-permission`,
 * `disk-full`
 */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { host = '127.0.0.1' } = options
  const source = sourceFrom(options)
  const profile = openProfile(options.profile)
  const roots = options.root === undefined ? null : rootsFrom(options.root)
  const folder = stateFolder(options.state)
  const lock = await lockState(folder)
  const stop = new AbortController()
  let takeWordBack = () => {}
  try {
    const scarce = selfTest(nodeDisk, folder)
    let serving: ReturnType<typeof openServing> | null = null
    let nudge = () => {}
    const core = await openCore({
      disk: nodeDisk,
      clock: options.clock ?? systemClock,
      folder,
      profile,
      site: options.site ?? null,
      roots,
      trial: { ...TRIAL, ...options.trial },
      signal: stop.signal,
      openServing(events) {
        serving = openServing(events)
        return serving
      },
      nudge: () => nudge(),
      heard: event => options.heard?.(event),
    })
    const answering = serving as unknown as ReturnType<typeof openServing>
    const device = openDevice(
      {
        core,
        answering,
        source,
        name: nameOf(folder, options.name),
        pollSeconds: options.pollSeconds === undefined ? null : Math.max(0.05, options.pollSeconds),
        media: options.media ?? null,
        measure: options.measure ?? null,
        signal: stop.signal,
      },
      () => stop.abort(),
    )
    nudge = device.nudge
    await device.wake()
    const server = createServer(restDoor(device.door, answering, device.measuring))
    const address = `http://${shown(host)}:${await listen(server, options.port, host)}`
    try {
      writeDurably(nodeDisk, join(folder, 'address'), address)
    } catch (error) {
      // Its commands do not find it then; who asks it does.
      if (!scarce) throw error
    }
    takeWordBack = leaveWord(folder)
    device.start(address)
    if (scarce) core.parts.note('error', 'Disk takes nothing', scarce.message, { failure: scarce })

    let closing: Promise<void> | null = null
    const close = () => {
      closing ??= (async () => {
        const shut = new Promise<void>(resolve => server.close(() => resolve()))
        server.closeIdleConnections()
        const impatience = setTimeout(() => server.closeAllConnections(), GRACE)
        await shut
        clearTimeout(impatience)
        await device.close()
        takeWordBack()
        lock.release()
      })()
      return closing
    }
    options.signal?.addEventListener('abort', () => void close(), { once: true })
    if (options.signal?.aborted) await close()
    const { code, token } = core.parts.identity
    return { address, id: device.door.id, code, pin: pinOf(token), close }
  } catch (error) {
    stop.abort()
    takeWordBack()
    lock.release()
    throw error
  }
}

/** Where this machine reaches itself when it listens there. */
const shown = (host: string): string =>
  host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host
