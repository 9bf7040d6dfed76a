import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { MODEL, openPublisher, publishTiny } from './publishHere.ts'
import { classOf, folder, instance } from './tinyModel.ts'

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

const run = (...args: string[]) =>
  new Promise<{ status: number | null; stdout: string; stderr: string }>(resolve => {
    const child = spawn(process.execPath, [main, ...args], { timeout: 60_000 })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', part => {
      stdout += part
    })
    child.stderr.on('data', part => {
      stderr += part
    })
    child.once('close', status => resolve({ status, stdout, stderr }))
  })

test('runs as a process, and is steered by its commands, running and at rest', async () => {
  const repository = folder()
  const state = folder()
  await publishTiny(repository, { version: 1 })
  const device = await start(repository, state, '--name', 'box 7')
  await expect.poll(device.predict, { timeout: 15_000 }).toBe(classOf(1))
  await publishTiny(repository, { version: 2 })
  await expect.poll(device.predict, { timeout: 15_000 }).toBe(classOf(2))
  const at = ['--state', state]
  expect(await run('status', ...at)).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(
      /^box 7 .*\nAnswers at http.*\nSite everyone, not approved; its code is \d{4}-\d{4}\n.*v2 runs, on trial, also here: v1\n/s,
    ),
  })
  expect(await run('rollback', MODEL, ...at)).toMatchObject({ status: 0, stdout: `${MODEL} runs v1\n` })
  expect(await device.predict()).toBe(classOf(1))
  expect(await run('switch', '2', ...at)).toMatchObject({ status: 0, stdout: `${MODEL} runs v2\n` })
  expect(await device.predict()).toBe(classOf(2))
  expect(await run('switch', '9', ...at)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('v9 is not on this device'),
  })
  device.child.kill('SIGTERM')
  expect(await device.ended).toBe(0)
  expect(await run('rollback', ...at)).toMatchObject({
    status: 0,
    stdout: `${MODEL} runs v1 from the next start on\n`,
  })
  expect(await run('status', ...at)).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('Does not run'),
  })
  const out = folder()
  expect((await run('export', '--out', out, ...at)).status).toBe(0)
  expect(readdirSync(out).sort()).toEqual([expect.stringMatching(/^enrol-.*\.req$/), 'return'])
  expect(await run('status', '--state', join(folder(), 'none'))).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('There is no device'),
  })
}, 90_000)

test('a second agent on the same state folder is refused, also after the first was killed it is not', async () => {
  const repository = folder()
  const state = folder()
  await publishTiny(repository, { version: 1 })
  const first = await start(repository, state)
  await expect.poll(first.predict, { timeout: 15_000 }).toBe(classOf(1))
  const second = await run('start', '--repo', repository, '--state', state, '--port', '0')
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
    [
      ['start', '--repo', folder(), '--state', state, '--key', 'zzz'],
      1,
      /neither a root file nor a fingerprint/,
    ],
    [['start', '--repo', folder()], 2, /--state/],
    [['start', '--repo', 'x', '--state', state, '--port', '99999'], 2, /0 to 65535/],
    [['begin'], 2, /unknown command/],
  ]
  for (const [args, status, says] of tries) {
    const got = await run(...args)
    expect([args, got.status, got.stderr]).toEqual([args, status, expect.stringMatching(says)])
    expect(got.stderr).not.toMatch(/\n\s+at /)
  }
  server.close()
  expect((await run('--help')).status).toBe(0)
  const told = await run('status', '--json', '--state', join(state, 'none'))
  expect([told.status, told.stdout]).toEqual([1, ''])
  expect(JSON.parse(told.stderr)).toMatchObject({
    failure: { code: 'not-found', message: expect.stringContaining('There is no device') },
  })
}, 60_000)

test('what a stranger does wrong is told in a sentence and what to do', async () => {
  const repository = folder()
  const publisher = await openPublisher({ where: repository })
  await publisher.publish({ version: 1 })
  const pack = await publisher.pack()
  const state = folder()
  const device = await start(repository, state)
  await expect.poll(device.predict, { timeout: 15_000 }).toBe(classOf(1))
  const whole = readFileSync(pack)
  const cut = join(folder(), 'cut.edgepack')
  const foreign = join(folder(), 'foreign.edgepack')
  writeFileSync(cut, whole.subarray(0, whole.length >> 1))
  writeFileSync(foreign, Buffer.alloc(5000, 'x'))
  const tries: [string[], RegExp][] = [
    [['rollback'], /There is no version of Bolt inspector on this device to go back to\./],
    [['switch', '2'], /v2 is not on this device\.\nIt has v1\./],
    [['ingest', cut], /cut|whole|end/],
    [['ingest', foreign], /is not whole: its beginning is that of another file/],
    [['ingest', folder()], /is a folder/],
    [['ingest', join(state, 'none.edgepack')], /There is no pack/],
    [['export', '--out', join(cut, 'below')], /cut\.edgepack/],
  ]
  for (const isRunning of [true, false]) {
    for (const [args, says] of tries) {
      const got = await run(...args, '--state', state)
      expect([args, isRunning, got.status, got.stderr]).toEqual([
        args,
        isRunning,
        1,
        expect.stringMatching(says),
      ])
      expect(got.stdout).toBe('')
      expect(got.stderr).not.toMatch(/\n\s+at /)
      expect(got.stderr.trim().split('\n')).toHaveLength(2)
    }
    if (!isRunning) break
    expect(await device.predict()).toBe(classOf(1))
    device.child.kill('SIGTERM')
    expect(await device.ended).toBe(0)
  }
}, 120_000)
