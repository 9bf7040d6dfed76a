/**
 * `npm start`: opens the workbench. In a window of its own where Electron is there or can be fetched and something can
 * show a window; else in a browser. What it will be is decided within a few seconds and said in one line.
 */
import { spawn } from 'node:child_process'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { buildWindow, windowIsFresh } from './build.ts'
import { hasDisplay } from './shell/browser.ts'
import { findElectron } from './shell/findElectron.ts'
import { standWhereThePersonStands } from './shell/stand.ts'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')

/** An Electron that ends this soon by itself has not opened a window, in ms. */
const AT_ONCE = 8000

const HELP = `Usage: npm start -- [--workspace DIR] [--browser] [--port P]

Opens the workbench: in a window where Electron can show one, else in the browser.

  --workspace <folder>  the workspace; default: the one opened last
  --browser             in the browser, also where Electron is there
  --port <port>         the port for the browser; default 0: any free one
`

interface Flags {
  workspace?: string
  browser?: boolean
  port?: string
  help?: boolean
}

const say = (line: string) => process.stdout.write(`${line}\n`)

function readFlags(): Flags {
  try {
    return parseArgs({
      options: {
        workspace: { type: 'string' },
        browser: { type: 'boolean' },
        port: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${HELP}`)
    process.exit(2)
  }
}

/** Which shell it will be, and why it is not the other. */
async function chooseShell(flags: Flags): Promise<{ electron: string } | { why?: string }> {
  if (flags.browser) return {}
  if (!hasDisplay()) return { why: 'There is no display here' }
  return findElectron(root, say)
}

/** Opens the window and waits until it is closed; null when Electron does not run here. */
function runElectron(electron: string, flags: Flags): Promise<number | null> {
  // Chromium's own remarks on the machine's buses and drivers help nobody here.
  const words = [root, '--log-level=3']
  if (flags.workspace) words.push('--workspace', resolve(flags.workspace))
  if (process.platform === 'linux' && process.getuid?.() === 0) {
    say('Running as root, where Chromium has no sandbox of its own: the window is opened without it.')
    words.push('--no-sandbox')
  }
  const { ELECTRON_RUN_AS_NODE: _, ...environment } = process.env
  const started = Date.now()
  return new Promise(done => {
    const child = spawn(electron, words, {
      stdio: 'inherit',
      env: { ...environment, EDGEWRIGHT_ENGINE_NODE: process.execPath },
    })
    let stopped = false
    // A terminal's Ctrl-C reaches Electron by itself; here we only wait for it to let go.
    process.on('SIGINT', () => {
      stopped = true
    })
    for (const signal of ['SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => {
        stopped = true
        child.kill(signal)
      })
    child.once('error', () => done(null))
    child.once('exit', (code, signal) => {
      if (stopped || code === 0) done(0)
      else done(Date.now() - started < AT_ONCE ? null : (code ?? (signal ? 1 : 0)))
    })
  })
}

async function main(): Promise<number> {
  const [major = 0] = process.versions.node.split('.').map(Number)
  if (major < 24) {
    process.stderr.write(
      `Edgewright needs Node 24 and this is Node ${process.versions.node}; \`npm start\` uses the one that npm installed.\n`,
    )
    return 1
  }
  const flags = readFlags()
  if (flags.help) {
    process.stdout.write(HELP)
    return 0
  }
  const shell = await chooseShell(flags)
  if ('why' in shell && shell.why) say(`${shell.why}, so the workbench is served to a browser.`)
  if (!windowIsFresh()) {
    say('Building the window, once…')
    await buildWindow()
  }
  if ('electron' in shell) {
    const code = await runElectron(shell.electron, flags)
    if (code !== null) return code
    say('Electron does not run here, so the workbench is served to a browser.')
  }
  const { serve } = await import('./shell/command.ts')
  const words = ['--open']
  if (flags.workspace) words.push('--workspace', flags.workspace)
  if (flags.port) words.push('--port', flags.port)
  return serve(words)
}

standWhereThePersonStands('start')
process.exitCode = await main()
