import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { buildPrograms, buildWindow } from '../../main/build.ts'
import { temporaryFolder } from '../contract/house.ts'
import { describeWith, findElectron, openDisplay, quietFlags, root } from './runtime.ts'
import { printed } from './terminal.ts'

const run = promisify(execFile)
const folder = temporaryFolder()
const home = join(folder.path, 'home')
const csv = join(folder.path, 'coins.csv')

beforeAll(async () => {
  writeFileSync(
    csv,
    `side,weight,heads\n${Array.from({ length: 400 }, (_, i) => `${i % 7},${(i * 13) % 5},${i % 2}`).join('\n')}\n`,
  )
  await buildWindow()
  await buildPrograms()
})
afterAll(() => folder.remove())

test('the built command line imports, and trains in the built worker', async () => {
  const edgewright = async (...words: string[]) =>
    JSON.parse(
      (
        await run(process.execPath, [join(root, 'dist', 'main', 'headless.mjs'), ...words, '--json'], {
          env: { ...process.env, EDGEWRIGHT_HOME: home },
        })
      ).stdout,
    )
  await edgewright('dataset', 'import', csv, '--name', 'coins')
  const trained = await edgewright(
    ...['training', 'start', '--dataset', 'coins', '--label', 'heads', '--name', 'coin', '--epochs', '2'],
  )
  expect(JSON.stringify(trained)).toContain('"epochs"')
})

test('the built agent is one file that needs no packages', async () => {
  const alone = join(folder.path, 'device')
  cpSync(join(root, 'dist', 'agent'), alone, { recursive: true })
  const { stdout } = await run(process.execPath, [join(alone, 'agent.mjs'), '--help'], { cwd: alone })
  expect(stdout).toContain('start')
})

/** The value of an expression in the first page of a browser that can be debugged. */
async function inPage(port: string, expression: string): Promise<unknown> {
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
    type: string
    webSocketDebuggerUrl: string
  }[]
  const page = targets.find(target => target.type === 'page')
  if (!page) return undefined
  const socket = new WebSocket(page.webSocketDebuggerUrl)
  try {
    return await new Promise((done, failed) => {
      socket.on('error', failed)
      socket.on('open', () =>
        socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression } })),
      )
      socket.on('message', data => done(JSON.parse(String(data)).result?.result?.value))
    })
  } finally {
    socket.close()
  }
}

/*
 * What `npm run dist` makes, with the Electron that is here. Its engine is given the Node of this test where the
 * runtime's own is too old for it.
 */
describeWith(findElectron(), 'the packaged app', path => {
  const out = join(folder.path, 'out')
  const workspace = join(folder.path, 'Packaged')
  let display: Awaited<ReturnType<typeof openDisplay>>
  let app: ChildProcess | undefined

  beforeAll(async () => {
    display = await openDisplay()
    const electron = join(folder.path, 'electron')
    cpSync(dirname(path), electron, { recursive: true, verbatimSymlinks: true })
    // The stand-in that opens a named folder would be taken for the app.
    rmSync(join(electron, 'resources', 'app'), { recursive: true, force: true })
    await run(
      process.execPath,
      [
        join(root, 'node_modules', 'electron-builder', 'cli.js'),
        '--dir',
        '--publish=never',
        `-c.electronVersion=${readFileSync(join(electron, 'version'), 'utf8').trim().replace(/^v/, '')}`,
        `-c.electronDist=${electron}`,
        `-c.directories.output=${out}`,
      ],
      { cwd: root },
    )
  })
  afterAll(async () => {
    if (app && app.exitCode === null) {
      const gone = new Promise(done => app?.once('exit', done))
      app.kill('SIGTERM')
      await gone
    }
    display?.close()
  })

  test.runIf(process.platform === 'linux')('opens its window, and its engine works', async () => {
    app = spawn(
      join(out, 'linux-unpacked', 'edgewright'),
      [...quietFlags(), '--remote-debugging-port=0', '--workspace', workspace],
      {
        cwd: folder.path,
        env: {
          ...process.env,
          ...(display.display ? { DISPLAY: display.display } : {}),
          EDGEWRIGHT_HOME: join(folder.path, 'other home'),
          EDGEWRIGHT_ENGINE_NODE: process.execPath,
        },
      },
    )
    const [, port] = await printed(app, /DevTools listening on ws:\/\/[\d.]+:(\d+)/)
    // Its heading is the name of the workspace, which the page has from the engine.
    await expect
      .poll(() => inPage(port as string, `document.querySelector('h1')?.textContent`), { timeout: 30_000 })
      .toBe('Packaged')
    expect(existsSync(join(workspace, 'edgewright.db'))).toBe(true)
    expect(existsSync(join(out, 'linux-unpacked', 'resources', 'samples', 'birdstrikes.csv'))).toBe(true)
  })
})
