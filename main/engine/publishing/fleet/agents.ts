import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fail } from '../../kit/index.ts'
import { DeviceReport, TOKEN_FILE } from '../../release/index.ts'

/** A device that was started from here. */
export interface OwnAgent {
  id: string
  name: string
  /** As it was asked for, with a token in it where there is one. */
  repository: string
  address: string
  /** Lets measure there: a device beside the window takes models from this window, and from nobody else. */
  measureToken: string
  /** What the device says of itself, asked directly. */
  report(): Promise<DeviceReport>
  rollBack(model: string): Promise<DeviceReport>
  stop(): Promise<void>
}

const START_WITHIN = 30_000
const STOP_WITHIN = 5000

/** Devices beside the window, each a process of its own. They end with this process, however it ends. */
export function openAgents(entry: string[], folder: (name: string) => string) {
  const agents = new Map<string, OwnAgent>()
  const children = new Set<ChildProcess>()

  async function start(
    name: string,
    repository: string,
    port: number,
    site: string | null,
  ): Promise<OwnAgent> {
    if ([...agents.values()].some(agent => agent.name === name))
      throw fail('already-there', `${name} already runs here.`, 'Give the second device another name.')
    const state = folder(name)
    const [program, ...words] = entry
    const flags = ['--repo', repository, '--state', state, '--port', String(port), '--name', name]
    if (site !== null) flags.push('--site', site)
    const measureToken = randomBytes(24).toString('base64url')
    const child = spawn(program as string, [...words, 'start', ...flags, '--measure', '--attached'], {
      env: { ...process.env, EDGEWRIGHT_MEASURE_TOKEN: measureToken },
      // It hears by the end of its standard input that nobody is there any more.
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
    })
    children.add(child)
    child.stdin?.on('error', () => {})
    let gone = false
    const ended = new Promise<void>(resolve =>
      child.once('close', () => {
        gone = true
        children.delete(child)
        resolve()
      }),
    )
    const stop = async () => {
      if (gone) return
      // The same on every system, where a signal would end it without a last report on Windows.
      child.stdin?.end()
      const impatience = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN)
      await ended
      clearTimeout(impatience)
    }
    try {
      const address = await addressOf(child, name)
      const ask = async (path: string, init: RequestInit = {}): Promise<DeviceReport> => {
        let answer: Response
        try {
          answer = await fetch(`${address}${path}`, { ...init, signal: AbortSignal.timeout(30_000) })
        } catch (cause) {
          throw fail('unreachable', `${name} does not answer.`, 'Stop it and start it again.', { cause })
        }
        const said = (await answer.json()) as { error?: string }
        if (!answer.ok) throw fail('bad-input', said.error ?? `${name} refused.`, '')
        return DeviceReport.parse(said)
      }
      const report = () => ask('/v1/edgewright/state')
      const { id } = await report()
      const agent: OwnAgent = {
        id,
        name,
        repository,
        address,
        measureToken,
        report,
        rollBack: model =>
          ask('/v1/edgewright/rollback', {
            method: 'POST',
            headers: {
              authorization: `Bearer ${readFileSync(join(state, TOKEN_FILE), 'utf8').trim()}`,
              'content-type': 'application/json',
            },
            body: JSON.stringify({ model }),
          }),
        stop,
      }
      agents.set(id, agent)
      void ended.then(() => agents.delete(id))
      return agent
    } catch (error) {
      await stop()
      throw error
    }
  }

  return {
    start,
    get: (id: string): OwnAgent | undefined => agents.get(id),
    all: (): OwnAgent[] => [...agents.values()],
    async close(): Promise<void> {
      await Promise.all([...agents.values()].map(agent => agent.stop()))
      for (const child of children) child.kill('SIGKILL')
    },
  }
}
export type Agents = ReturnType<typeof openAgents>

/** The address an agent says in its first line, or why it did not start. */
function addressOf(child: ChildProcess, name: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let out = ''
    let errors = ''
    const notStarted = (why: string) => {
      const [message, remedy] = why.trim().split('\n').slice(-2)
      reject(
        fail(
          /\bport\b/.test(message ?? '') ? 'port-taken' : 'unsupported',
          `${name} did not start: ${message || 'it said nothing.'}`,
          remedy ?? 'Start it from a terminal with "edgewright agent start" to see more.',
        ),
      )
    }
    const timer = setTimeout(() => notStarted(`it took longer than ${START_WITHIN / 1000} s.`), START_WITHIN)
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      if (out.length < 10_000) out += text
      const address = /(http:\/\/\S+)\n/.exec(out)?.[1]
      if (!address) return
      clearTimeout(timer)
      resolve(address)
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-4000)
    })
    child.once('error', error => notStarted(error.message))
    child.once('close', () => {
      clearTimeout(timer)
      notStarted(errors)
    })
  })
}
