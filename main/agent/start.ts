import type { Server } from 'node:http'
import { hostname } from 'node:os'
import { createAdaptorServer } from '@hono/node-server'
import { listen } from '../engine/kit/index.ts'
import { openRepository } from '../engine/release/index.ts'
import { openDevice } from './device.ts'
import { lockState } from './lock.ts'
import type { MeasuringOptions } from './measure/index.ts'
import { restDoor } from './rest/index.ts'
import { openState, stateFolder } from './state.ts'
import { namedKey } from './trust.ts'

export interface AgentOptions {
  /** A folder, or the http(s) address of a repository. */
  repository: string
  /** The device's own folder; made where it is missing. It survives restarts, and belongs to one agent at a time. */
  state: string
  /** 0: any free one. */
  port: number
  /** Default: this machine only. */
  host?: string
  /** Default: the name of this machine. */
  name?: string
  /** Whom to trust: a public key, its fingerprint, or a file with it. Default: the key seen first. */
  key?: string
  pollSeconds?: number
  /** Lets others measure models on this device. Default: nobody may. */
  measure?: MeasuringOptions
  signal?: AbortSignal
}

export interface Agent {
  /** Where it answers, `http://127.0.0.1:8501`. */
  address: string
  id: string
  close(): Promise<void>
}

/** Milliseconds that requests get to end when the agent stops. */
const GRACE = 3000

/**
 * Starts a device in this process: it comes up with the version it had, offline too, then follows its repository.
 * @throws Failure `port-taken`, `workspace-locked`, `bad-input`, `unreadable-file`, `no-permission`, `disk-full`
 */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { host = '127.0.0.1', pollSeconds = 1 } = options
  const repository = openRepository(options.repository, process.env.EDGEWRIGHT_TOKEN)
  const named = options.key === undefined ? null : namedKey(options.key)
  const lock = await lockState(stateFolder(options.state))
  try {
    const device = openDevice({
      repository,
      state: openState(options.state),
      name: (options.name ?? hostname()).slice(0, 80) || 'device',
      named,
      pollSeconds: Math.max(0.05, pollSeconds),
      measure: options.measure ?? null,
    })
    await device.wake()
    const server = createAdaptorServer({ fetch: restDoor(device.fleet, device.measuring).fetch }) as Server
    const address = `http://${shown(host)}:${await listen(server, options.port, host)}`
    device.start(address)

    let closing: Promise<void> | null = null
    const close = () => {
      closing ??= (async () => {
        const shut = new Promise<void>(resolve => server.close(() => resolve()))
        server.closeIdleConnections()
        const impatience = setTimeout(() => server.closeAllConnections(), GRACE)
        await shut
        clearTimeout(impatience)
        await device.close()
        lock.release()
      })()
      return closing
    }
    options.signal?.addEventListener('abort', () => void close(), { once: true })
    if (options.signal?.aborted) await close()
    return { address, id: device.id, close }
  } catch (error) {
    lock.release()
    throw error
  }
}

/** Where this machine reaches itself when it listens there. */
const shown = (host: string): string =>
  host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host
