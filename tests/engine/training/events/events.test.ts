import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  eventRuns,
  followEvents,
  openEventWriter,
  openGathering,
  spread,
} from '../../../../main/engine/training/events/index.ts'

const golden = (name: string) => join(import.meta.dirname, 'golden', name)

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'events-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** All that a file says. */
async function readAll(file: string) {
  const gathering = openGathering()
  const followed = await followEvents(
    () => [file],
    () => gathering.sinkOf(''),
  ).read()
  return { ...gathering.take(), ...followed }
}

/** A file of so many steps of one figure. */
async function written(steps: number, name = 'loss'): Promise<string> {
  const writer = await openEventWriter(folder, 1000)
  for (let step = 0; step < steps; step++) writer.scalar(name, step, 1000 + step, 1 / (step + 1))
  await writer.close()
  return writer.path
}

describe('files that TensorFlow wrote', () => {
  test('scalars, histograms, texts and values of a trial in tensors', async () => {
    const { points, histograms, params, events, damages } = await readAll(golden('v2.tfevents'))
    expect(damages).toEqual([])
    expect(events).toBe(15)
    expect(points.filter(({ key }) => key === 'loss').map(({ step, value }) => [step, value])).toEqual(
      [0, 1, 2, 3, 4].map(step => [step, Math.fround(1 / (step + 1))]),
    )
    expect(points.filter(({ key }) => key === 'größe').map(({ value }) => value)).toEqual([0, 1, 2, 3, 4])
    expect(points.every(({ at }) => at > 1.7e9)).toBe(true)
    expect(params).toEqual({
      rate: 0.01,
      layers: 3,
      optimizer: 'adam',
      mixed: true,
      note: 'two\nlines',
    })
    const [weights] = histograms
    expect(weights).toMatchObject({ key: 'weights', step: 4 })
    const values = Float32Array.from({ length: 101 }, (_, i) => -1 + i / 50)
    const own = spread(values)
    expect(weights?.buckets.length).toBe(own.length)
    for (const [i, value] of own.entries())
      expect(weights?.buckets[i]).toBeCloseTo(value, i % 3 === 2 ? -0.4 : 5)
  })

  test('scalars and histograms of version 1', async () => {
    const { points, histograms } = await readAll(golden('v1.tfevents'))
    expect(points.map(({ key, step, value }) => [key, step, value])).toEqual([
      ['loss_1', 0, 1],
      ['loss_1', 1, 0.5],
      ['loss_1', 2, 0.25],
    ])
    // Empty buckets say nothing; the outermost limits are the least and the greatest value.
    expect([...(histograms[0]?.buckets ?? [])]).toEqual([-1, 0, 1, 2, 3, 3])
  })
})

describe('files that are not whole', () => {
  test('a tail that is cut is waited for, wherever it is cut', async () => {
    const bytes = readFileSync(await written(6))
    const file = join(folder, 'cut.tfevents')
    for (let cut = 0; cut <= bytes.length; cut += 7) {
      writeFileSync(file, bytes.subarray(0, cut))
      const gathering = openGathering()
      const follower = followEvents(
        () => [file],
        () => gathering.sinkOf(''),
      )
      const before = await follower.read()
      expect(before.damages).toEqual([])
      appendFileSync(file, bytes.subarray(cut))
      expect((await follower.read()).damages).toEqual([])
      expect(gathering.take().points.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5])
    }
  })

  test('a damaged record is passed over and told, behind a damaged length nothing is read', async () => {
    const bytes = readFileSync(await written(5))
    const content = Buffer.from(bytes)
    content[bytes.indexOf('loss')] = 0
    writeFileSync(join(folder, 'a.tfevents'), content)
    const passed = await readAll(join(folder, 'a.tfevents'))
    expect(passed.points.map(({ step }) => step)).toEqual([1, 2, 3, 4])
    expect(passed.damages).toHaveLength(1)
    expect(passed.damages[0]?.says).toMatch(/damaged/)

    const length = Buffer.from(bytes)
    length[0] = 99
    writeFileSync(join(folder, 'b.tfevents'), length)
    const lost = await readAll(join(folder, 'b.tfevents'))
    expect([lost.points, lost.damages.length]).toEqual([[], 1])
  })

  test('any change of any byte is noticed, and nothing hangs', async () => {
    const bytes = readFileSync(await written(4))
    const file = join(folder, 'changed.tfevents')
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, by) => {
        const changed = Buffer.from(bytes)
        changed[at] = (changed[at] as number) ^ by
        writeFileSync(file, changed)
        expect((await readAll(file)).damages.length).toBeGreaterThan(0)
      }),
      { numRuns: 60 },
    )
  })

  test('what is no event file has no events', async () => {
    for (const content of [
      '',
      'x',
      'not an event file, but some text that is long enough to be read as one',
    ]) {
      const file = join(folder, 'x.tfevents')
      writeFileSync(file, content)
      expect(await readAll(file)).toMatchObject({ points: [], events: 0 })
    }
  })
})

test('runs have the names that TensorBoard gives them', () => {
  for (const place of ['', 'a', 'a/train', 'b/x/y']) {
    mkdirSync(join(folder, place), { recursive: true })
    writeFileSync(join(folder, place, 'events.out.tfevents.2.host'), '')
    writeFileSync(join(folder, place, 'events.out.tfevents.1.host'), '')
    writeFileSync(join(folder, place, 'model.keras'), '')
  }
  const runs = eventRuns(folder)
  expect(runs.map(({ name }) => name)).toEqual(['.', 'a', 'a/train', 'b/x/y'])
  expect(runs[0]?.files.map(file => file.slice(folder.length + 1))).toEqual([
    'events.out.tfevents.1.host',
    'events.out.tfevents.2.host',
  ])
  expect(eventRuns(join(folder, 'nothing'))).toEqual([])
})

test('a large file is read in pieces', async () => {
  const file = await written(60_000, 'a/rather/long/name/of/a/figure')
  let pauses = 0
  const gathering = openGathering()
  let most = 0
  let all = 0
  await followEvents(
    () => [file],
    () => gathering.sinkOf(''),
  ).read({
    pause() {
      pauses++
      const { points } = gathering.take()
      most = Math.max(most, points.length)
      all += points.length
    },
  })
  expect(all).toBe(60_000)
  expect(pauses).toBeGreaterThan(4)
  expect(most).toBeLessThan(15_000)
})

describe('spread', () => {
  test('counts every value once', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }), { minLength: 1 }),
        values => {
          const buckets = spread(values)
          let counted = 0
          for (let i = 0; i < buckets.length; i += 3) {
            const [left = 0, right = 0, count = 0] = buckets.subarray(i, i + 3)
            expect(left).toBeLessThanOrEqual(right)
            counted += count
          }
          expect(counted).toBe(values.length)
        },
      ),
    )
  })

  test('what is no number is left out', () => {
    expect([...spread([Number.NaN, 2, Number.POSITIVE_INFINITY])]).toEqual([1.5, 2.5, 1])
    expect([...spread([])]).toEqual([])
  })
})

const python = process.env.EDGEWRIGHT_MLFLOW_PYTHON
describe("TensorBoard's own loader", () => {
  const name = 'reads what was written'
  const runs = python || process.env.CI === 'true'
  test.skipIf(!runs)(
    runs ? name : `${name} (skipped: set EDGEWRIGHT_MLFLOW_PYTHON to a Python with TensorBoard)`,
    async () => {
      const writer = await openEventWriter(folder, 1000)
      writer.params({ rate: 0.5, units: 32, optimizer: 'adam', mixed: false }, 'run-1', 1000)
      for (let step = 0; step < 3; step++) writer.scalar('loss', step * 10, 1001 + step, 0.5 ** step)
      writer.histogram('weights', 20, 1004, spread([0, 1, 2, 3]))
      writer.text('notes', 0, 1004, 'größer')
      writer.ended(1, 1005)
      await writer.close()
      const told = JSON.parse(
        execFileSync(python as string, [join(import.meta.dirname, 'read.py'), folder], { encoding: 'utf8' }),
      )
      expect(told).toEqual({
        loss: [
          [0, 1001, 1],
          [10, 1002, 0.5],
          [20, 1003, 0.25],
        ],
        weights: { shape: [30, 3], count: 4 },
        notes: 'größer',
        hparams: { rate: 0.5, units: 32, optimizer: 'adam', mixed: false },
        status: 'STATUS_SUCCESS',
      })
    },
    60_000,
  )
})
