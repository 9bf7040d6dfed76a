import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { buildWindow } from '../../main/build.ts'
import { installedElectron } from '../../main/shell/findElectron.ts'
import { temporaryFolder } from '../contract/house.ts'
import { describeWith, findElectron, openDisplay, root } from './runtime.ts'
import { printed } from './terminal.ts'

const ADDRESS = /http:\/\/127\.0\.0\.1:\d+\/\?token=\S+/
const folder = temporaryFolder()
const started: ChildProcess[] = []

/** `npm start`, on a machine as described by the environment. */
function start(environment: Record<string, string | undefined>): ChildProcess & { said(): string } {
  const child = spawn(
    process.execPath,
    [join(root, 'main', 'start.ts'), '--workspace', join(folder.path, 'Birds')],
    {
      env: {
        ...process.env,
        EDGEWRIGHT_HOME: join(folder.path, 'home'),
        // No machine of ours is asked for anything, and no browser of a person is opened.
        ELECTRON_MIRROR: 'http://127.0.0.1:9/',
        electron_config_cache: join(folder.path, 'cache'),
        PATH: dirname(process.execPath),
        DISPLAY: undefined,
        WAYLAND_DISPLAY: undefined,
        ELECTRON_OVERRIDE_DIST_PATH: undefined,
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  started.push(child)
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', part => (text += part))
  return Object.assign(child, { said: () => text })
}

const ended = (child: ChildProcess) =>
  child.exitCode !== null
    ? Promise.resolve(child.exitCode)
    : new Promise<number | null>(done => child.once('exit', done))

/** Processes that have this workspace on their command line. */
async function left(): Promise<string[]> {
  const { readdirSync } = await import('node:fs')
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(name => {
      try {
        return readFileSync(join('/proc', name, 'cmdline'), 'utf8').replaceAll('\0', ' ')
      } catch {
        return ''
      }
    })
    .filter(line => line.includes(folder.path))
}

beforeAll(buildWindow)
afterEach(async () => {
  for (const child of started.splice(0)) {
    child.kill('SIGKILL')
    await ended(child)
  }
})
afterAll(() => folder.remove())

describe.runIf(process.platform === 'linux')('npm start', () => {
  test('on a machine without a display only prints the address, and Ctrl-C ends all of it', async () => {
    const child = start({})
    const [address] = await printed(child, ADDRESS)
    expect(child.said()).toMatch(/^There is no display here, so the workbench is served to a browser\.$/m)
    expect((await fetch(address as string, { redirect: 'manual' })).status).toBe(303)
    expect((await left()).length).toBeGreaterThan(1)
    child.kill('SIGINT')
    expect(await ended(child)).toBe(0)
    await expect.poll(left, { timeout: 10_000 }).toEqual([])
  })

  test.skipIf('electron' in installedElectron(root))(
    'where Electron is not there and cannot be fetched, says so within seconds',
    async () => {
      const from = Date.now()
      const child = start({ DISPLAY: ':99' })
      await printed(child, /cannot be reached, so the workbench is served to a browser/)
      expect(Date.now() - from).toBeLessThan(6000)
      await printed(child, ADDRESS)
    },
  )

  test('where Electron does not run, goes on in the browser', async () => {
    const broken = join(folder.path, 'broken')
    mkdirSync(broken)
    writeFileSync(join(broken, 'electron'), '#!/bin/sh\nexit 133\n')
    chmodSync(join(broken, 'electron'), 0o755)
    const child = start({ DISPLAY: ':99', ELECTRON_OVERRIDE_DIST_PATH: broken })
    await printed(child, ADDRESS)
    expect(child.said()).toContain('Electron does not run here, so the workbench is served to a browser.')
  })

  test('with flags that are none, says how it is used', async () => {
    const child = spawn(process.execPath, [join(root, 'main', 'start.ts'), '--wrokspace', 'x'])
    let said = ''
    child.stderr.on('data', part => (said += part))
    expect(await ended(child)).toBe(2)
    expect(said).toContain('Usage: npm start')
  })
})

describeWith(findElectron(), 'npm start with Electron', path => {
  let display: Awaited<ReturnType<typeof openDisplay>>
  beforeAll(async () => {
    display = await openDisplay()
  })
  afterAll(() => display.close())

  test('opens the window, and ends with it', async () => {
    const child = start({
      DISPLAY: display.display,
      ELECTRON_OVERRIDE_DIST_PATH: dirname(path),
      PATH: process.env.PATH,
    })
    const settings = join(folder.path, 'home', 'settings.json')
    // The engine writes down which workspace it has opened: so the window has started it, and it is up.
    writeFileSync(settings, '{}')
    await expect
      .poll(() => readFileSync(settings, 'utf8'), { timeout: 30_000 })
      .toContain(JSON.stringify(join(folder.path, 'Birds')))
    expect(child.said()).not.toContain('browser')
    expect((await left()).some(line => line.includes('--type=renderer'))).toBe(true)
    child.kill('SIGTERM')
    expect(await ended(child)).toBe(0)
    await expect.poll(left, { timeout: 15_000 }).toEqual([])
  })
})
