import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TargetSpec } from '#contract'
import { ENGINES, nodeImage, openDocker, specOf, unless } from './places.ts'
import { listener, scriptFolder, trainFolder, until } from './work.ts'

const { skip, hint } = unless(ENGINES.every(({ spec }) => spec))
const slow = { timeout: 120_000 }
const engine = fileURLToPath(new URL('./lastingEngine.ts', import.meta.url))

/** Writes numbered lines on both streams, some longer than an engine keeps in one piece. */
const COUNTING = (lines: number, pause: number) => `
import fs from 'node:fs'
for (let i = 0; i < ${lines}; i++) {
  const long = i % 50 === 7 ? ' ' + 'é'.repeat(20000) : ''
  fs.writeSync(i % 5 === 3 ? 2 : 1, 'line ' + i + long + '\\n')
  if (i % 10 === 0) await new Promise(done => setTimeout(done, ${pause}))
}
fs.mkdirSync(process.env.MODEL_DIR, { recursive: true })
fs.writeFileSync(process.env.MODEL_DIR + '/model.bin', 'trained')
`
const numbersOf = (texts: string[]) =>
  texts.map(text => Number(/^line (\d+)/.exec(text)?.[1])).sort((a, b) => a - b)
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i)

let folder: string
let image: string
let count = 0
const fresh = () => join(folder, `run-${++count}`)

describe.skipIf(skip)(`a run in a container outlives${hint}`, () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'edgewright-'))
    for (const { spec } of ENGINES) image = await nodeImage(openDocker(spec as TargetSpec))
  }, 180_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test(
    'the engine: killed twice, no line is lost or there twice, and it is back within 5 s',
    slow,
    async () => {
      const LINES = 2000
      const work = scriptFolder(fresh(), image, COUNTING(LINES, 60))
      const kept = join(folder, 'kept.jsonl')
      const lines = () =>
        existsSync(kept)
          ? readFileSync(kept, 'utf8')
              .split('\n')
              .filter(Boolean)
              .map(line => JSON.parse(line) as { text: string; from?: string })
          : []
      const begin = (): ChildProcess =>
        spawn(process.execPath, [engine, work, kept, JSON.stringify(specOf('docker'))], {
          stdio: ['ignore', 'pipe', 'inherit'],
        })
      const back: number[] = []
      for (const _ of [1, 2]) {
        const before = lines().length
        const began = Date.now()
        const child = begin()
        await until(() => lines().length > before, 'a line after the start', 60)
        if (before > 0) back.push(Date.now() - began)
        await until(() => lines().length > before + 150, 'more lines', 60)
        child.kill('SIGKILL')
        await once(child, 'exit')
        await new Promise(done => setTimeout(done, 700))
      }
      const heardBefore = lines().length
      expect(heardBefore).toBeLessThan(LINES)
      const began = Date.now()
      const last = begin()
      let said = ''
      last.stdout?.on('data', chunk => {
        said += chunk
      })
      const ended = once(last, 'exit')
      await until(() => lines().length > heardBefore, 'a line after the kill', 60)
      back.push(Date.now() - began)
      expect((await ended)[0]).toBe(0)
      expect(JSON.parse(said)).toMatchObject({ kind: 'done' })
      const own = lines().filter(({ from }) => !from)
      expect(numbersOf(own.map(({ text }) => text))).toEqual(upTo(LINES))
      expect(own.find(({ text }) => text.startsWith('line 57 '))?.text).toBe(`line 57 ${'é'.repeat(20000)}`)
      expect(readFileSync(join(work, 'model', 'model.bin'), 'utf8')).toBe('trained')
      console.log(`Back after a kill in ${back.join(' and ')} ms, process start included.`)
      expect(Math.max(...back)).toBeLessThan(5000)
    },
  )

  test('the line: cut again and again while it runs, nothing is missing', slow, async () => {
    const line = await openCutter(specOf('docker-tls'))
    try {
      const target = openDocker({ ...specOf('docker-tls'), address: line.address })
      const { heard, options, texts } = listener()
      const running = target.run(scriptFolder(fresh(), image, COUNTING(600, 100)), options)
      for (const enough of [50, 200, 350]) {
        await until(() => heard.lines.length > enough, `${enough} lines`)
        await line.cut(400)
      }
      expect(await running).toMatchObject({ kind: 'done' })
      expect(numbersOf(texts())).toEqual(upTo(600))
      expect(heard.steps).toContain('waiting for the line to the target')
    } finally {
      line.close()
    }
  })

  test('the program: it leaves, and comes back with the results fetched', slow, async () => {
    const first = listener({ leaving: () => true })
    const target = openDocker(specOf('docker-ssh'))
    const work = scriptFolder(fresh(), image, COUNTING(300, 100))
    const leaving = target.run(work, first.options)
    leaving.catch(() => {})
    await until(() => first.heard.lines.length > 20, 'some lines')
    first.stop.abort()
    await expect(leaving).rejects.toMatchObject({ failure: { code: 'interrupted' } })
    const { placement, cursor } = first.heard
    const second = listener({ again: { placement: placement ?? {}, cursor } })
    expect(await target.run(work, second.options)).toMatchObject({ kind: 'done' })
    expect(numbersOf([...first.texts(), ...second.texts()])).toEqual(upTo(300))
    expect(existsSync(join(work, 'model', 'model.bin'))).toBe(true)
  })

  test('and training that ended meanwhile is found ended, its last word not missed', slow, async () => {
    const first = listener({ leaving: () => true })
    const target = openDocker(specOf('docker'))
    const work = trainFolder(fresh(), { epochs: 300 })
    const leaving = target.run(work, first.options)
    leaving.catch(() => {})
    await until(() => first.heard.messages.length > 3, 'some epochs')
    first.stop.abort()
    await expect(leaving).rejects.toMatchObject({ failure: { code: 'interrupted' } })
    await new Promise(done => setTimeout(done, 4000))
    const { placement, cursor } = first.heard
    const second = listener({ again: { placement: placement ?? {}, cursor } })
    expect(await target.run(work, second.options)).toMatchObject({ kind: 'done', stoppedEarly: false })
    const epochs = [...first.heard.messages, ...second.heard.messages].flatMap(message =>
      message.kind === 'epoch' ? [message.figures.epoch] : [],
    )
    expect(epochs).toEqual(Array.from({ length: 300 }, (_, i) => i + 1))
    // A program that ended right after all was fetched asks again, and is told the same.
    const third = listener({ again: { placement: placement ?? {}, cursor: second.heard.cursor } })
    expect(await target.run(work, third.options)).toMatchObject({ kind: 'done', stoppedEarly: false })
    rmSync(join(work, 'ended.json'))
    await expect(target.run(work, third.options)).rejects.toMatchObject({
      failure: { code: 'training-failed', message: expect.stringMatching(/no longer on the target/) },
    })
  })
})

/** A line to an engine that can be cut: what goes through it breaks, and for a while nothing new is let through. */
async function openCutter(
  spec: TargetSpec,
): Promise<{ address: string; cut(ms: number): Promise<void>; close(): void }> {
  const to = Number(new URL(spec.address as string).port)
  const open = new Set<Socket>()
  let closed = false
  const server = createServer(near => {
    if (closed) return near.resetAndDestroy()
    const far = connect(to, '127.0.0.1')
    for (const socket of [near, far]) {
      open.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        open.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    near.pipe(far).pipe(near)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: `tcp://127.0.0.1:${(server.address() as { port: number }).port}`,
    async cut(ms) {
      closed = true
      for (const socket of open) socket.resetAndDestroy()
      await new Promise(done => setTimeout(done, ms))
      closed = false
    },
    close: () => void server.close(),
  }
}
