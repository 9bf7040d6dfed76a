import { type ChildProcess, execFile, spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { buildPrograms, buildWindow } from '../../main/build.ts'
import { readGraphDef, toLite, writeTflite } from '../../main/engine/graph/index.ts'
import { MODEL, openPublisher } from '../agent/publishHere.ts'
import { classOf, instance, tinyGraph } from '../agent/tinyModel.ts'
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

describe('the built agent, its one file alone in an empty folder', () => {
  const alone = join(folder.path, 'device')
  const program = join(alone, 'edgewright-agent.mjs')
  const state = join(folder.path, 'device state')
  const agent = (...words: string[]) => run(process.execPath, [program, ...words], { cwd: alone })
  const children: ChildProcess[] = []
  beforeAll(() => {
    mkdirSync(alone)
    cpSync(join(root, 'dist', 'agent', 'edgewright-agent.mjs'), program)
  })
  afterAll(() => {
    for (const child of children) child.kill('SIGKILL')
  })

  test('follows a repository, rehearses and answers by both runtimes, is measured and steered, and ends', async () => {
    const publisher = await openPublisher({ where: join(folder.path, 'repository') })
    await publisher.publish({ version: 1 })
    const tflite = writeTflite(
      toLite(readGraphDef(tinyGraph({ best: 2 }), { inputs: ['x'], outputs: ['out'] })),
    )
    const child = spawn(
      process.execPath,
      [
        program,
        'start',
        '--repo',
        publisher.where,
        '--state',
        state,
        '--port',
        '0',
        '--measure',
        '--poll',
        '0.2',
      ],
      { cwd: alone },
    )
    children.push(child)
    const [, address] = await printed(child, /answers at (http:\S+)/)
    const classNow = async () => {
      const answer = await fetch(`${address}/v1/models/${encodeURIComponent(MODEL)}:predict`, {
        method: 'POST',
        body: JSON.stringify({ instances: [instance] }),
      })
      return ((await answer.json()) as { predictions?: { class: string }[] }).predictions?.[0]?.class
    }
    await expect.poll(classNow, { timeout: 30_000 }).toBe(classOf(1))
    await publisher.publish({
      version: 2,
      tflite,
      variants: ['tflite-float32'],
      needs: { runtime: 'litert' },
    })
    await expect.poll(classNow, { timeout: 30_000 }).toBe(classOf(2))
    const runtime = (await (await fetch(`${address}/v1/edgewright/state`)).json()) as {
      runtime: { backend: string }
    }
    expect(runtime.runtime.backend).toContain('LiteRT')
    for (const [body, says] of [
      [tinyGraph(), /WebAssembly with SIMD/],
      [tflite, /LiteRT/],
    ] as const) {
      const measured = await fetch(`${address}/v1/measure?runs=5`, {
        method: 'POST',
        headers: { 'content-type': 'application/octet-stream' },
        body: body as BodyInit,
      })
      expect(((await measured.json()) as { runtime: string }).runtime).toMatch(says)
    }
    expect((await agent('switch', '1', '--state', state)).stdout).toBe(`${MODEL} runs v1\n`)
    expect(await classNow()).toBe(classOf(1))
    const { stdout } = await agent('status', '--state', state)
    expect(stdout).toMatch(/the PIN of its page is \d{4} \d{4}/)
    const page = await (await fetch(`${address}/`)).text()
    expect(page).toContain('Which model answers')
    // The script of the page is taken out of the program: nothing of the program may be left in it.
    const [, script = ''] = /<script>([\s\S]+)<\/script>/.exec(page) ?? []
    runInNewContext(script, {
      document: { querySelector: () => ({}), querySelectorAll: () => [], addEventListener() {} },
      fetch: async () => ({ json: async () => ({}) }),
      setTimeout() {},
    })
    const ended = new Promise(done => child.once('exit', done))
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    expect(readdirSync(alone)).toEqual(['edgewright-agent.mjs'])
    const size = statSync(program).size / 1e6
    console.info(`The agent is ${size.toFixed(1)} MB.`)
    expect(size).toBeLessThan(16)
  })
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
