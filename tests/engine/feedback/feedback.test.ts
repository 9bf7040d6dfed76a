import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import type { DatasetVersion, FeedbackBatch, Run } from '#contract'
import { wilson } from '../../../main/engine/feedback/accuracy.ts'
import { guessOf } from '../../../main/engine/feedback/guess.ts'
import { pixelsOf, pngOf } from '../../../main/engine/feedback/picture.ts'
import { openKeyring } from '../../../main/engine/trust/index.ts'
import { folder } from '../../agent/tinyModel.ts'
import { openEngine } from '../engine.ts'
import { box } from '../publishing/records/box.ts'

const engines: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of engines.splice(0)) await close()
})

const MODEL = 'bolts'
const COLORS = ['red', 'green', 'blue']

/** A workspace in which a small model was trained, and a device whose rows can come back. */
async function shop() {
  const here = await openEngine()
  engines.push(here.close)
  const { engine, work } = here
  const file = join(folder(), 'bolts.csv')
  const rows = Array.from({ length: 120 }, (_, i) => {
    const kind = i % 2 ? 'ok' : 'bad'
    const color = COLORS[i % 3]
    const weight = (kind === 'ok' ? 5 : 9) + (i % 7) / 10
    return `${i},${weight},${color},2026-01-${String((i % 28) + 1).padStart(2, '0')},${i % 5 === 0},${kind}`
  })
  writeFileSync(file, `id,weight,color,made,checked,kind\n${rows.join('\n')}\n`)
  const version = await work<DatasetVersion>(engine.dataset.import({ file, name: MODEL }))
  const run = await work<Run>(
    engine.training.start({
      ...{ dataset: MODEL, label: 'kind', name: MODEL, epochs: 2, layers: [4], backend: 'cpu' },
      without: ['id', 'made'],
    }),
  )
  await engine.publishing.init({ site: 'hall' })
  const device = await box('box 7')
  await engine.publishing.deviceApprove({
    code: device.code,
    site: 'hall',
    request: device.request(folder()),
  })
  const ring = await openKeyring(join(here.folder, 'keys'))
  const send = async (samples: Parameters<typeof device.batch>[3], from: number) => {
    const path = join(folder(), 'back.edgeback')
    writeFileSync(path, await device.batch(ring.reports().recipient, from, undefined, samples))
    return await work(engine.publishing.receive({ file: [path] }))
  }
  return { ...here, version, run, device, send }
}

describe('rows that devices kept', () => {
  test('are labeled and become a dataset version that leads back to the device and the model', async () => {
    const { engine, device, send, work, failed, refused, version } = await shop()
    await expect(engine.feedback.list({})).resolves.toEqual({ batches: [] })
    const seen: number[] = []
    const stop = new AbortController()
    const watching = (async () => {
      for await (const { batches } of await engine.feedback.watch({}, { signal: stop.signal }))
        seen.push(batches.length)
    })().catch(() => {})

    device.start('2026-05-03T08:00:00.000Z')
    const instance = { id: 500, weight: 7.5, color: 'red', made: '2026-03-04', checked: true }
    const of = { model: MODEL, version: 1 }
    const samples = [
      device.sample('2026-05-03T09:00:00.000Z', { ...of, instance, scores: [0.45, 0.55], reason: 'random' }),
      device.sample('2026-05-03T09:01:00.000Z', {
        ...of,
        instance: { ...instance, id: 501 },
        scores: [0.6, 0.4],
      }),
      device.sample('2026-05-03T09:02:00.000Z', {
        ...{ ...of, instance: { ...instance, id: 502, color: null }, scores: [0.9, 0.1] },
        ...{ other: { version: 2, scores: [0.2, 0.8] }, reason: 'disagreement' },
      }),
      device.sample('2026-05-03T09:03:00.000Z', {
        ...of,
        instance: { ...instance, id: 503 },
        reason: 'button',
      }),
    ]
    await send(samples, 1)
    await send(samples, 1)
    const { batches } = await engine.feedback.list({ model: MODEL })
    expect(batches).toMatchObject([
      {
        ...{ id: 'batch-1', name: 'box 7', site: 'hall', model: MODEL, version: 1, samples: 4, labeled: 0 },
        reasons: { random: 1, 'low-confidence': 1, disagreement: 1, button: 1 },
      },
    ])
    const { samples: rows, labeling, total } = await engine.feedback.show({ batch: 'batch-1' })
    expect(total).toBe(4)
    expect(labeling).toEqual({ task: 'binary', column: 'kind', classes: expect.any(Array), dataset: MODEL })
    expect(rows.map(({ reason }) => reason)).toEqual(['disagreement', 'button', 'low-confidence', 'random'])
    const classes = labeling?.classes ?? []
    expect(rows[0]).toMatchObject({
      guess: { version: 1, class: classes[0] },
      other: { version: 2, class: classes[1] },
      picture: null,
    })
    expect(rows[0]?.values).toContainEqual({ name: 'weight', value: '7.5' })

    const [first, second, third, fourth] = rows.map(({ id }) => id)
    expect(await engine.feedback.label({ sample: first?.slice(0, 10) ?? '', label: 'OK' })).toMatchObject({
      label: 'ok',
    })
    expect(await engine.feedback.label({ sample: second as string, skip: true })).toMatchObject({
      skipped: true,
    })
    expect(await engine.feedback.label({ sample: third as string, accept: true })).toMatchObject({
      label: classes[0],
    })
    await engine.feedback.label({ sample: fourth as string, label: 'bad' })
    await engine.feedback.label({ sample: fourth as string, clear: true })
    expect((await engine.feedback.show({ state: 'open' })).samples.map(({ id }) => id)).toEqual([fourth])
    await engine.feedback.label({ sample: fourth as string, label: 'ok' })
    expect(await refused(engine.feedback.label({ sample: fourth as string, label: 'rusty' }))).toMatchObject({
      ...{ code: 'bad-input', message: '"rusty" is no class of "kind".' },
    })
    expect(await refused(engine.feedback.label({ sample: fourth as string }))).toMatchObject({
      code: 'bad-input',
    })
    expect(await refused(engine.feedback.label({ sample: 'abcdef0123', accept: true }))).toMatchObject({
      code: 'not-found',
    })

    const { versions, pairs, task } = await engine.feedback.accuracy({ model: MODEL })
    expect(task).toBe('binary')
    const whole = versions.find(({ device: of, version }) => of === null && version === 1)
    expect(whole).toMatchObject({ labeled: 3, random: { labeled: 1 } })
    expect(pairs).toMatchObject([{ site: 'hall', stable: 1, candidate: 2, labeled: 1 }])
    expect((pairs[0]?.stableRight ?? 0) + (pairs[0]?.candidateRight ?? 0)).toBe(1)

    const made = await work<{ version: DatasetVersion; samples: number; devices: string[] }>(
      engine.feedback.import({}),
    )
    expect(made).toMatchObject({ samples: 3, devices: ['box 7'] })
    expect(made.version).toMatchObject({ dataset: MODEL, number: 2, rows: version.rows + 3 })
    expect(made.version.columns).toEqual(version.columns)
    const { rows: cells } = await engine.dataset.rows({ name: `${MODEL}@2`, offset: 120, limit: 10 })
    expect(cells).toHaveLength(3)
    const whichRow = cells.find(row => row[0] === 502)
    expect(whichRow).toEqual([502, 7.5, null, '2026-03-04', true, 'ok'])

    const { parents } = await engine.lineage.show({ id: made.version.id })
    expect(parents.map(({ kind }) => kind).sort()).toEqual(['dataset-version', 'model-version', 'samples'])
    const samplesOf = parents.find(({ kind }) => kind === 'samples')
    expect(samplesOf?.title).toBe('3 labeled samples of box 7')
    expect((await engine.lineage.show({ id: samplesOf?.id as never })).parents).toContainEqual(
      expect.objectContaining({ kind: 'model-version', title: `${MODEL} v1` }),
    )
    expect((await engine.feedback.list({})).batches[0]).toMatchObject({
      labeled: 3,
      skipped: 1,
      imported: 3,
    })
    expect(await failed(engine.feedback.import({ model: MODEL }))).toMatchObject({ code: 'empty-data' })
    expect(await refused(engine.feedback.label({ sample: first as string, label: 'bad' }))).toMatchObject({
      code: 'in-use',
    })

    // What comes later goes behind it.
    const more = device.sample('2026-05-03T10:00:00.000Z', {
      ...of,
      instance: { ...instance, id: 504 },
      scores: [0.5, 0.5],
    })
    await send([more], device.records.length)
    const { batches: now } = await engine.feedback.list({})
    expect(now.map(({ id }: FeedbackBatch) => id)).toEqual(['batch-2', 'batch-1'])
    const [open] = (await engine.feedback.show({ batch: 'batch-2' })).samples
    await engine.feedback.label({ sample: open?.id as string, accept: true })
    expect(
      await work<{ version: DatasetVersion }>(engine.feedback.import({ batch: 'batch-2' })),
    ).toMatchObject({
      version: { number: 3, rows: version.rows + 4 },
    })
    stop.abort()
    await watching
    expect(seen.at(-1)).toBe(2)
  }, 120_000)

  test('of a model that is not here any more are shown, and not labeled', async () => {
    const { engine, device, send, refused } = await shop()
    const sample = device.sample('2026-05-03T09:00:00.000Z', { model: 'gone', scores: [0.2, 0.8] })
    await send([sample], 1)
    const { samples, labeling } = await engine.feedback.show({ model: 'gone' })
    expect(labeling).toBeNull()
    expect(samples[0]?.guess.class).toBe('class 2')
    const said = await refused(engine.feedback.label({ sample: samples[0]?.id as string, accept: true }))
    expect(said.code).toBe('not-found')
    expect(await refused(engine.feedback.show({ batch: 'batch-9' }))).toMatchObject({ code: 'not-found' })
  }, 60_000)
})

describe('what a version answered', () => {
  test('of two classes the second one from one half on', () => {
    const label = { task: 'binary', column: 'y', classes: ['no', 'yes'] } as const
    expect(guessOf(1, [0.5, 0.5], { ...label, classes: [...label.classes] }).class).toBe('yes')
    expect(guessOf(1, [0.51, 0.49], { ...label, classes: [...label.classes] })).toMatchObject({
      class: 'no',
      scores: [{ class: 'no' }, { class: 'yes' }],
    })
  })
  test('of a regression the value', () => {
    expect(guessOf(3, [12.5], { task: 'regression', column: 'y', classes: [] })).toEqual({
      ...{ version: 3, class: null, value: 12.5, scores: [] },
    })
  })
  test('a share has a range, wide where little is known', () => {
    // Of Wilson's interval for 9 of 10: 0.596 to 0.982.
    const { low, high } = wilson(9, 10)
    expect(low).toBeCloseTo(0.596, 3)
    expect(high).toBeCloseTo(0.982, 3)
    expect(wilson(0, 0)).toEqual({ low: 0, high: 1 })
  })
})

describe('captured pictures', () => {
  const image = { name: 'picture', width: 2, height: 2, channels: 3 as const }
  const bytes = Uint8Array.from([255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 8, 7])
  test('come as base64, flat or nested lists, and are the same', () => {
    const b64 = Buffer.from(bytes).toString('base64')
    const nested = [0, 1].map(y => [0, 1].map(x => [...bytes.slice((y * 2 + x) * 3, (y * 2 + x) * 3 + 3)]))
    for (const picture of [{ b64 }, [...bytes], nested])
      expect(pixelsOf({ picture }, image)?.data).toEqual(bytes)
    expect(pixelsOf({ b64 }, image)?.data).toEqual(bytes)
    for (const bad of [{ picture: [1, 2, 3] }, { picture: 'x' }, null, { picture: new Array(12).fill(300) }])
      expect(pixelsOf(bad, image)).toBeNull()
  })
  test('are written as PNG that holds every value', () => {
    const png = pngOf({ ...image, data: bytes })
    expect(png.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a')
    const at = png.indexOf('IDAT')
    const length = png.readUInt32BE(at - 4)
    const lines = inflateSync(png.subarray(at + 4, at + 4 + length))
    expect([...lines]).toEqual([0, ...bytes.slice(0, 6), 0, ...bytes.slice(6)])
  })
  test('are put behind a dataset of pictures by their labels', async () => {
    const here = await openEngine()
    engines.push(here.close)
    const place = join(folder(), 'tiles')
    for (const kind of ['crack', 'fine']) {
      mkdirSync(join(place, kind), { recursive: true })
      for (let i = 0; i < 12; i++) {
        const data = Uint8Array.from(
          { length: 8 * 8 * 3 },
          (_, at) => (kind === 'crack' ? 200 : 20) + ((i * at) % 40),
        )
        writeFileSync(join(place, kind, `${i}.png`), pngOf({ width: 8, height: 8, channels: 3, data }))
      }
    }
    const { engine, work } = here
    const version = await work<DatasetVersion>(engine.dataset.import({ file: place, name: 'tiles' }))
    expect(version).toMatchObject({ images: true, rows: 24 })
    const { writePictures } = await import('../../../main/engine/feedback/rows.ts')
    const scratch = folder()
    const sample = { instance: { image: { b64: Buffer.alloc(8 * 8 * 3, 99).toString('base64') } } }
    const { source, written } = writePictures(
      scratch,
      'more',
      [{ id: 'a'.repeat(64), sample: sample as never, label: 'crack' }],
      { name: 'image', width: 8, height: 8, channels: 3 } as never,
    )
    expect(written).toHaveLength(1)
    const next = await work<DatasetVersion>(engine.dataset.import({ ...source, name: 'tiles', append: true }))
    expect(next).toMatchObject({ number: 2, rows: 25 })
    const { rows, columns } = await engine.dataset.rows({ name: 'tiles@2', offset: 24, limit: 1 })
    expect(rows[0]?.[columns.findIndex(({ name }) => name === 'label')]).toBe('crack')
  }, 60_000)
})
