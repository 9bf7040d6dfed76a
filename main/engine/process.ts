/**
 * The engine as a process of its own: opens one workspace (`--workspace DIR`, else the one opened last) and answers
 * the process that started it, be it by `fork` or by Electron's `utilityProcess`.
 */
import { parseArgs } from 'node:util'
import type { Failure } from '#contract'
import { type Host, hostEngine } from '../host.ts'
import { chooseWorkspace } from '../shell/settings.ts'
import type { EngineHello } from '../shell/supervise.ts'
import { serveOverChild } from '../transport/index.ts'
import { failureOf } from './kit/index.ts'

/** What Electron gives a utility process in place of `process.send`. */
interface ParentPort {
  on(event: 'message', listener: (event: { data: unknown }) => void): void
  postMessage(message: unknown): void
}

/** The way to the parent, in the shape of a forked process. */
interface Parent {
  readonly connected: boolean
  on(event: string, listener: (message?: unknown) => void): void
  send(message: unknown): void
}

function parentOf(self: NodeJS.Process & { parentPort?: ParentPort }): Parent | undefined {
  const port = self.parentPort
  if (!port)
    return (
      self.send && {
        get connected() {
          return self.connected
        },
        on: (event, listener) => void self.on(event, listener),
        send: message => void (self.connected && self.send?.(message)),
      }
    )
  // Processes that the engine starts are to be Node, and the program that runs here is Electron's.
  self.env.ELECTRON_RUN_AS_NODE = '1'
  return {
    connected: true,
    on: (event, listener) => {
      if (event === 'message') port.on('message', ({ data }) => listener(data))
    },
    send: message => port.postMessage(message),
  }
}

const parent = parentOf(process)
let host: Host | undefined
let closing = false

async function close(): Promise<void> {
  if (closing) return
  closing = true
  try {
    await host?.close()
  } finally {
    process.exit(0)
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { workspace: { type: 'string' } } })
  if (!parent) {
    console.error(
      'This is the engine of the workbench; it is started by `edgewright serve` or by the window.',
    )
    process.exitCode = 2
    return
  }
  parent.on('disconnect', close)
  parent.on('message', message => {
    if ((message as { engine?: string }).engine === 'close') void close()
  })
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, close)
  // Ctrl-C in a terminal reaches the whole group; the parent hears it too and says when to end.
  process.on('SIGINT', () => {})

  let failure: Failure
  try {
    host = await hostEngine(chooseWorkspace(values.workspace))
    serveOverChild(host.router, parent as unknown as NodeJS.Process)
    parent.send({ engine: 'ready', workspace: host.folder, readOnly: host.readOnly } satisfies EngineHello)
    return
  } catch (error) {
    failure = failureOf(error)
    if (failure.code === 'internal') console.error(error)
  }
  parent.send({ engine: 'failed', failure } satisfies EngineHello)
  // Leaves the message the time to get out.
  setTimeout(() => process.exit(1), 100)
}

await main()
