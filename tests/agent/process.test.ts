import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { checkInstalled } from '../../main/agent/install.ts'
import { openState } from '../../main/agent/state.ts'
import { generateKey } from '../../main/engine/release/index.ts'
import { agentHere, MODEL } from './agentHere.ts'
import { classOf, folder, instance, publishTiny } from './tinyModel.ts'

const { key } = generateKey()
const main = fileURLToPath(new URL('../../main/agent/main.ts', import.meta.url))

const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** A device in a process of its own, once it has said where it answers. */
async function start(repository: string, state: string, ...more: string[]) {
  const child = spawn(process.execPath, [
    main,
    'start',
    '--repo',
    repository,
    '--state',
    state,
    '--port',
    '0',
    '--poll',
    '0.1',
    ...more,
  ])
  children.push(child)
  const ended = new Promise<number | null>(resolve => child.once('exit', code => resolve(code)))
  const address = await new Promise<string>((resolve, reject) => {
    let said = ''
    child.stdout.on('data', part => {
      said += part
      const found = /(http:\S+)\n/.exec(said)?.[1]
      if (found) resolve(found)
    })
    child.stderr.on('data', part => {
      said += part
    })
    child.once('exit', code => reject(new Error(`ended with ${code}: ${said}`)))
  })
  const predict = async () => {
    const answer = await fetch(`${address}/v1/models/${encodeURIComponent(MODEL)}:predict`, {
      method: 'POST',
      body: JSON.stringify({ instances: [instance] }),
    })
    return ((await answer.json()) as { predictions?: { class: string }[] }).predictions?.[0]?.class
  }
  return { child, address, ended, predict }
}

const run = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    timeout: 30_000,
  })
  return { status, stdout, stderr }
}

test('runs as a process, is rolled back by its own command, and ends cleanly', async () => {
  const repository = folder()
  const state = folder()
  await publishTiny(repository, key, { version: 1 })
  const device = await start(repository, state)
  await expect.poll(device.predict, { timeout: 15_000 }).toBe(classOf(1))
  await publishTiny(repository, key, { version: 2 })
  await expect.poll(device.predict, { timeout: 15_000 }).toBe(classOf(2))
  expect(run('rollback', MODEL, '--state', state)).toMatchObject({ status: 0, stdout: `${MODEL} runs v1\n` })
  expect(await device.predict()).toBe(classOf(1))
  device.child.kill('SIGTERM')
  expect(await device.ended).toBe(0)
  expect(run('rollback', MODEL, '--state', state)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('No device runs'),
  })
})

test('a second agent on the same state folder is refused, also after the first was killed it is not', async () => {
  const repository = folder()
  const state = folder()
  await publishTiny(repository, key, { version: 1 })
  const first = await start(repository, state)
  await expect.poll(first.predict, { timeout: 15_000 }).toBe(classOf(1))
  const second = run('start', '--repo', repository, '--state', state, '--port', '0')
  expect(second).toMatchObject({ status: 1, stderr: expect.stringContaining('already runs') })
  first.child.kill('SIGKILL')
  await first.ended
  const third = await start(repository, state)
  await expect.poll(third.predict, { timeout: 15_000 }).toBe(classOf(1))
})

test('an attached device ends with who started it', async () => {
  const device = await start(folder(), folder(), '--attached')
  device.child.stdin?.end()
  expect(await device.ended).toBe(0)
})

test('a port that is taken, flags that are missing or wrong, and places that are none', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  const file = join(folder(), 'file')
  writeFileSync(file, 'x')
  const state = folder()
  const tries: [string[], number, RegExp][] = [
    [
      ['start', '--repo', folder(), '--state', state, '--port', String(port)],
      1,
      new RegExp(`port ${port}.*\\n.*another port`),
    ],
    [['start', '--repo', 'ftp://x/y', '--state', state], 1, /cannot be reached by ftp/],
    [['start', '--repo', file, '--state', state], 1, /is a file/],
    [['start', '--repo', folder(), '--state', file], 1, /file/i],
    [['start', '--repo', folder(), '--state', state, '--key', 'zzz'], 1, /neither a public key/],
    [['start', '--repo', folder()], 2, /--state/],
    [['start', '--repo', 'x', '--state', state, '--port', '99999'], 2, /0 to 65535/],
    [['begin'], 2, /unknown command/],
  ]
  for (const [args, status, says] of tries) {
    const got = run(...args)
    expect([args, got.status, got.stderr]).toEqual([args, status, expect.stringMatching(says)])
    expect(got.stderr).not.toMatch(/\n\s+at /)
  }
  server.close()
  expect(run('--help').status).toBe(0)
}, 60_000)

test('kill -9 at every step of an activation leaves the old version or the new one, whole', async () => {
  const repository = join(folder(), 'repository')
  await publishTiny(repository, key, { version: 1 })
  const before = folder()
  const device = await agentHere(repository, { state: before })
  await device.serves(1)
  await device.close()
  await publishTiny(repository, key, { version: 2, note: 'another' })

  const child = fileURLToPath(new URL('./killedAt.ts', import.meta.url))
  const activate = (state: string, killAt: number) =>
    new Promise<NodeJS.Signals | null>((resolve, reject) => {
      const ran = spawn(process.execPath, [child, repository, state, MODEL, String(killAt)])
      let said = ''
      ran.stderr.on('data', part => {
        said += part
      })
      ran.once('close', (code, signal) => (code ? reject(new Error(said)) : resolve(signal)))
    })
  /** What runs, after its signature and every file of it were checked. */
  const versionIn = async (path: string) => {
    const state = openState(path)
    const installed = state.current.models[MODEL]?.current
    if (!installed) throw new Error('nothing is installed')
    const found = await checkInstalled(state, key, MODEL, installed)
    expect(found.version).toBe(installed.version)
    return found.version
  }
  const outcomes = { old: 0, new: 0 }
  const kill = async (step: number): Promise<boolean> => {
    const state = join(folder(), 'state')
    cpSync(before, state, { recursive: true })
    const signal = await activate(state, step)
    const version = await versionIn(state)
    if (signal !== 'SIGKILL') {
      expect(version).toBe(2)
      return false
    }
    outcomes[version === 1 ? 'old' : 'new']++
    // What the killed one left behind does not keep the next one from finishing.
    if (step % 8 === 0) {
      await activate(state, 0)
      expect(await versionIn(state)).toBe(2)
    }
    return true
  }
  let steps = 0
  for (let more = true; more && steps < 200; ) {
    const killed = await Promise.all([kill(steps + 1), kill(steps + 2)])
    steps += killed.filter(Boolean).length
    more = killed.every(Boolean)
  }
  console.info(
    `killed at ${steps} steps: ${outcomes.old} times the old version, ${outcomes.new} times the new one`,
  )
  expect(steps).toBeGreaterThan(20)
  expect(outcomes.old).toBeGreaterThan(0)
  expect(outcomes.new).toBeGreaterThan(0)
  expect(existsSync(join(before, 'current.json'))).toBe(true)
}, 180_000)
