import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { failureOf } from '../engine/kit/index.ts'
import { hasDisplay, openInBrowser } from './browser.ts'
import { engineSource } from './clone.ts'
import { root, type Served, serveWorkbench } from './serve.ts'

const HELP = `Usage: edgewright serve [--workspace DIR] [--port P] [--host H] [--open] [--json]

Serves the workbench to a browser on this computer and prints its address. The address opens one browser, once;
press Enter for another one. Ctrl-C ends it.

  --workspace <folder>  the workspace; default: the one opened last
  --port <port>         default 0: any free one
  --host <host>         default 127.0.0.1: this computer only
  --open                opens the address in the browser, where there is one
  --json                print the address as JSON
`

/** In a clone the page is built when it is missing or older than its sources. */
async function makePage(): Promise<void> {
  if (!engineSource(root)) return
  // Not followed by the bundler: a packaged program has its page and no sources.
  const file = new URL('../build.ts', import.meta.url).href
  const { buildWindow, windowIsFresh } = (await import(file)) as typeof import('../build.ts')
  if (windowIsFresh()) return
  process.stderr.write('Building the window, once…\n')
  await buildWindow()
}

/** Runs `edgewright serve`; resolves with the exit code when it has ended. */
export async function serve(args: string[]): Promise<0 | 1 | 2> {
  let flags: {
    workspace?: string
    port?: string
    host?: string
    open?: boolean
    json?: boolean
    help?: boolean
  }
  try {
    flags = parseArgs({
      args,
      options: {
        workspace: { type: 'string' },
        port: { type: 'string' },
        host: { type: 'string' },
        open: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${HELP}`)
    return 2
  }
  if (flags.help) {
    process.stdout.write(HELP)
    return 0
  }
  const port = Number(flags.port ?? 0)
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    process.stderr.write(`--port: ${flags.port} is no port; choose one from 0 to 65535.\n`)
    return 2
  }

  let served: Served
  try {
    await makePage()
    served = await serveWorkbench({ workspace: flags.workspace, port, host: flags.host })
  } catch (error) {
    const { message, remedy } = failureOf(error)
    process.stderr.write(`${message}\n${remedy}\n`)
    return 1
  }

  const address = served.address()
  const readOnly = served.readOnly ? ' (open elsewhere, so it can only be looked at)' : ''
  process.stdout.write(
    flags.json
      ? `${JSON.stringify({ address, workspace: served.workspace, readOnly: served.readOnly })}\n`
      : `Workspace ${served.workspace}${readOnly}\nOpen ${address}\n`,
  )
  if (flags.open && hasDisplay()) openInBrowser(address)

  const keys = process.stdin.isTTY ? createInterface({ input: process.stdin }) : undefined
  keys?.on('line', () => process.stdout.write(`Open ${served.address()}\n`))
  const stop = new Promise<void>(resolve => {
    keys?.on('SIGINT', resolve)
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve())
  })
  const reason = await Promise.race([served.ended, stop])
  keys?.close()
  await served.close()
  if (!reason) return 0
  process.stderr.write(`${reason.failure.message}\n${reason.failure.remedy}\n`)
  return 1
}
