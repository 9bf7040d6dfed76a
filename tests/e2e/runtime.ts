import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { type ElectronApplication, _electron as electron } from 'playwright-core'
import { describe, test } from 'vitest'

export const root = resolve(import.meta.dirname, '..', '..')

/** A program that a test needs, or why it is not there. */
export type Program = { path: string; why?: undefined } | { path?: undefined; why: string }

const first = (candidates: readonly (string | undefined)[]) =>
  candidates.find((path): path is string => path !== undefined && path !== '' && existsSync(path))

const onPath = (name: string) =>
  first((process.env.PATH ?? '').split(delimiter).map(folder => join(folder, name)))

/** A browser for the page that the headless shell serves. `EDGEWRIGHT_CHROMIUM` names one. */
export function findChromium(): Program {
  const path = first([
    process.env.EDGEWRIGHT_CHROMIUM,
    ...['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'].map(onPath),
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  ])
  return path
    ? { path }
    : { why: 'there is no Chromium or Chrome here; install one, or name it in EDGEWRIGHT_CHROMIUM' }
}

/** Electron's program in its folder. */
const electronProgram =
  process.platform === 'darwin'
    ? 'Electron.app/Contents/MacOS/Electron'
    : process.platform === 'win32'
      ? 'electron.exe'
      : 'electron'

/** Electron: the folder named in `EDGEWRIGHT_ELECTRON`, what `.ci/electron.sh` fetched, or what npm fetched. */
export function findElectron(): Program {
  const cache =
    process.env.EDGEWRIGHT_CACHE ??
    join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'edgewright')
  const path = first(
    [
      process.env.EDGEWRIGHT_ELECTRON,
      join(cache, 'electron'),
      join(root, 'node_modules', 'electron', 'dist'),
    ].map(folder => folder && join(folder, electronProgram)),
  )
  if (!path) return { why: 'there is no Electron here; on Linux .ci/electron.sh fetches one' }
  if (process.platform === 'linux' && !process.env.DISPLAY && !onPath('Xvfb'))
    return { why: 'there is no display here and no Xvfb to stand in for one; install xvfb' }
  return { path }
}

/**
 * A block of tests that needs a program. Without it the block is skipped and says why; where nothing may be skipped
 * (CI=true) it fails instead.
 */
export function describeWith(program: Program, name: string, tests: (path: string) => void): void {
  if (program.path) describe(name, () => tests(program.path))
  else if (process.env.CI)
    test(name, () => {
      throw new Error(`This must not be skipped here, but ${program.why}.`)
    })
  else {
    console.warn(`Skipped: ${name}, because ${program.why}.`)
    test.skip(`${name} (skipped: ${program.why})`, () => {})
  }
}

/**
 * Starts Electron with an app and drives it. Playwright holds the app back until it sees every window; that needs its
 * own loader, which it uses only where it finds Electron by itself, so it is shown the way by Electron's variable.
 */
export async function launchElectron(
  path: string,
  args: string[],
  env: Record<string, string>,
): Promise<ElectronApplication> {
  process.env.ELECTRON_OVERRIDE_DIST_PATH = path.slice(0, -electronProgram.length)
  return electron.launch({ args, env, timeout: 60_000 })
}

/** The folder that pictures of the window are kept in, for people to look at. */
export function pictures(): string {
  const folder = join(root, 'out', 'pictures')
  mkdirSync(folder, { recursive: true })
  return folder
}

/** A display to open windows on: the one that is there, else one that nobody sees. */
export async function openDisplay(): Promise<{ display: string | undefined; close(): void }> {
  if (process.platform !== 'linux' || process.env.DISPLAY)
    return { display: process.env.DISPLAY, close: () => {} }
  const server: ChildProcess = spawn(
    'Xvfb',
    ['-displayfd', '3', '-screen', '0', '1600x1000x24', '-nolisten', 'tcp'],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] },
  )
  const display = await new Promise<string>((done, failed) => {
    server.once('error', failed)
    server.once('exit', code => failed(new Error(`Xvfb ended with ${code}.`)))
    server.stdio[3]?.once('data', data => done(`:${String(data).trim()}`))
  })
  return { display, close: () => void server.kill() }
}

/** Words for Chromium and Electron on a machine without a GPU; root has no sandbox to give. */
export const quietFlags = (): string[] => [
  '--disable-gpu',
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
]
