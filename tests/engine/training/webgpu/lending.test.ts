import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { webgpuTarget } from '../../../../main/engine/training/targets/webgpu.ts'
import { FILES } from '../../../../main/engine/training/work.ts'
import { encodeCheckpoint } from '../../../../main/engine/training/worker/checkpoint.ts'
import { listener, trainFolder, until } from '../targets/work.ts'

type Target = ReturnType<typeof webgpuTarget>

const request = { signal: new AbortController().signal }
let folder: string
let target: Target
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'edgewright-'))
  target = webgpuTarget()
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Stands at the door as a page does, and says what it heard. */
function aPage(name = 'nvidia, ampere') {
  const leave = new AbortController()
  const tasks: string[] = []
  const stopped: string[] = []
  const over = (async () => {
    for await (const word of target.door.gpuOffers({ name }, { signal: leave.signal }))
      if (word.kind === 'train') tasks.push(word.task)
      else if (word.kind === 'stop') stopped.push(word.task)
  })()
  return {
    tasks,
    stopped,
    async leave() {
      leave.abort()
      await over
    },
    async task(nth = 0): Promise<string> {
      await until(() => tasks.length > nth, 'a task')
      return tasks[nth] as string
    },
  }
}

/** A run on a folder, begun. */
function begin(name = 'run-1') {
  const { heard, options, stop } = listener()
  const place = trainFolder(join(folder, name), { backend: 'auto' })
  const steps: string[] = []
  const running = target.run(place, { ...options, step: words => void steps.push(words) })
  running.catch(() => {})
  return { heard, stop, place, running, steps }
}

const floats = (...values: number[]) => Float32Array.from(values)
const checkpoint = (bias = [0]) =>
  encodeCheckpoint({
    epochs: [{ epoch: 1, loss: 1, accuracy: 0.5, evalLoss: 1, evalAccuracy: 0.5, seconds: 1 }],
    ...{ best: 1, bestLoss: 1, steps: 4 },
    weights: [floats(1), floats(...bias)],
    moments: [floats(0), floats(0), floats(0), floats(0)],
    bestWeights: [floats(1), floats(0)],
  })
const done = { kind: 'done', best: 1, stoppedEarly: false } as const
const give = (
  task: string,
  file: 'checkpoint.bin' | 'weights.bin',
  bytes: Uint8Array<ArrayBuffer>,
  { offset = 0, last = true } = {},
) => target.door.gpuGive({ task, file, offset, last, data: new Blob([bytes]) }, request)

describe('without a window that lends a GPU', () => {
  test('it is not offered and says why, and a run does not wait for one', async () => {
    expect(target.ready()).toMatchObject({
      ready: false,
      why: expect.stringMatching(/^No window lends a GPU/),
    })
    const checks = await target.check(request.signal)
    expect(checks[0]).toMatchObject({ state: 'failed', remedy: expect.stringContaining('WebGPU') })
    await expect(begin().running).rejects.toMatchObject({ failure: { code: 'interrupted' } })
  })
})

describe('a window that lends its GPU', () => {
  test('is named for as long as it is open', async () => {
    const page = aPage()
    await until(() => target.ready().ready, 'the offer')
    expect(target.ready().why).toContain('nvidia, ampere')
    expect((await target.check(request.signal)).every(({ state }) => state === 'ok')).toBe(true)
    await page.leave()
    expect(target.ready().ready).toBe(false)
  })

  test('is handed one run at a time; the next waits, and another window takes it', async () => {
    const page = aPage()
    await until(() => target.ready().ready, 'the offer')
    const [first, second] = [begin('run-1'), begin('run-2')]
    await page.task()
    await until(() => second.steps.includes('waiting for the GPU'), 'the second to wait')
    expect(page.tasks).toHaveLength(1)
    const other = aPage('intel, gen-12lp')
    await other.task()
    first.stop.abort()
    await expect(first.running).rejects.toMatchObject({ failure: { code: 'cancelled' } })
    await until(() => page.stopped.length === 1, 'the word to stop')
    expect(page.stopped).toEqual(page.tasks)
    second.stop.abort()
    await Promise.all([page.leave(), other.leave()])
  })

  test('reads the data piece by piece, and nothing beyond it', async () => {
    const page = aPage()
    await until(() => target.ready().ready, 'the offer')
    const { place, stop } = begin()
    const task = await page.task()
    const read = (file: 'train.features.f32' | 'checkpoint.bin', offset: number) =>
      target.door.gpuData({ task, file, offset }, request)
    const whole = readFileSync(join(place, FILES.features('train')))
    const { size, data } = await read('train.features.f32', 8)
    expect(size).toBe(whole.length)
    expect(Buffer.from(await data.arrayBuffer())).toEqual(whole.subarray(8))
    expect((await read('train.features.f32', 10_000)).data.size).toBe(0)
    expect((await read('checkpoint.bin', 0)).size).toBeNull()
    await expect(
      target.door.gpuData({ task: 'x'.repeat(32), file: 'work.json', offset: 0 }, request),
    ).rejects.toMatchObject({ failure: { code: 'not-found' } })
    stop.abort()
    await page.leave()
  })

  test('gives whole files that fit the net, or nothing', async () => {
    const page = aPage()
    await until(() => target.ready().ready, 'the offer')
    const { place, running } = begin()
    const task = await page.task()
    const whole = checkpoint()
    const refused = { failure: { code: 'bad-input' } }
    await expect(give(task, 'checkpoint.bin', whole.slice(0, -4))).rejects.toMatchObject(refused)
    await expect(give(task, 'checkpoint.bin', whole.slice(0, 20))).rejects.toMatchObject(refused)
    await expect(give(task, 'checkpoint.bin', new Uint8Array(64).fill(255))).rejects.toMatchObject(refused)
    await expect(give(task, 'checkpoint.bin', checkpoint([0, 0]))).rejects.toMatchObject(refused)
    await expect(give(task, 'checkpoint.bin', whole, { offset: 5 })).rejects.toMatchObject(refused)
    await expect(give(task, 'checkpoint.bin', new Uint8Array(4 * 2 ** 20))).rejects.toMatchObject(refused)
    await expect(give(task, 'weights.bin', new Uint8Array(4))).rejects.toMatchObject(refused)
    expect(existsSync(join(place, FILES.checkpoint))).toBe(false)
    expect(existsSync(join(place, FILES.weights))).toBe(false)

    await give(task, 'checkpoint.bin', whole.slice(0, 30), { last: false })
    await give(task, 'checkpoint.bin', whole.slice(30), { offset: 30 })
    expect(new Uint8Array(readFileSync(join(place, FILES.checkpoint)))).toEqual(whole)
    await give(task, 'weights.bin', new Uint8Array(8))
    await target.door.gpuTell({ task, message: done }, request)
    expect(await running).toEqual(done)
    expect(JSON.parse(readFileSync(join(place, FILES.topology), 'utf8'))).toHaveProperty('weightSpecs')
    await page.leave()
  })

  test('that says it is done and gave no weights is not believed', async () => {
    const page = aPage()
    await until(() => target.ready().ready, 'the offer')
    const { running } = begin()
    await target.door.gpuTell({ task: await page.task(), message: done }, request)
    await expect(running).rejects.toMatchObject({ failure: { message: expect.stringMatching(/no weights/) } })
    await page.leave()
  })

  test('and is closed in the middle interrupts the run with its last checkpoint', async () => {
    const page = aPage()
    await until(() => target.ready().ready, 'the offer')
    const { place, running, heard } = begin()
    const task = await page.task()
    await give(task, 'checkpoint.bin', checkpoint())
    await target.door.gpuTell({ task, message: { kind: 'step', epoch: 2, share: 0.5 } }, request)
    await page.leave()
    await expect(running).rejects.toMatchObject({
      failure: { code: 'interrupted', remedy: expect.stringContaining('Continue the run') },
    })
    expect(heard.messages).toEqual([{ kind: 'step', epoch: 2, share: 0.5 }])
    expect(existsSync(join(place, FILES.checkpoint))).toBe(true)
    await expect(target.door.gpuTell({ task, message: done }, request)).rejects.toMatchObject({
      failure: { code: 'not-found' },
    })
  })

  test('does not take a backend that it has not', async () => {
    const page = aPage()
    await until(() => target.ready().ready, 'the offer')
    const place = trainFolder(join(folder, 'run-1'), { backend: 'wasm' })
    await expect(target.run(place, listener().options)).rejects.toMatchObject({
      failure: { code: 'unsupported', message: expect.stringContaining('wasm') },
    })
    await page.leave()
  })
})
