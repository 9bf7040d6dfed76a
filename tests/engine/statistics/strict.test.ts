import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  DatasetFeatureStatisticsListSchema,
  readMessage,
  writeMessage,
} from '../../../main/engine/metadata/index.ts'
import { csv, failureOf } from '../dataset/workspace.ts'
import { openRooms, type Rooms } from './room.ts'
import { differences } from './tfdvCompare.ts'

/** Statistics of TensorFlow Data Validation 1.16.1, where they are at hand. */
const golden = join(process.env.EDGEWRIGHT_SHARED ?? '../shared', 'golden', 'tfdv')
const isThere = existsSync(golden)
if (!isThere) console.warn('skipped: statistics of TensorFlow Data Validation, because they are not at hand')
const theirs = (name: string) => JSON.parse(readFileSync(join(golden, 'stats', `${name}.json`), 'utf8'))
const approximate = ['fnlwgt']

let rooms: Rooms
beforeAll(() => {
  rooms = openRooms()
})
afterAll(() => rooms.close())

const read = (path: string) => readMessage(path, DatasetFeatureStatisticsListSchema)
const small = [
  ['n', 'w', 'sex', 'when'],
  ...Array.from({ length: 40 }, (_, at) => [
    String(at % 7),
    String((at % 4) / 2),
    at % 3 ? 'Male' : 'Female',
    at % 9 ? '2020-01-02' : '',
  ]),
]

describe.skipIf(!isThere)('statistics compute --tfdv writes what TensorFlow Data Validation gives', () => {
  test.each([
    ['train', []],
    ['eval', []],
    ['d1_missing_column', []],
    ['d4_changed_type', []],
    ['t1_types', []],
  ])('%s', async name => {
    const out = rooms.file(`${name}.json`, '')
    const shown = await rooms.compute(join(golden, 'inputs', `${name}.csv.gz`), { tfdv: true, out })
    expect(differences(await read(out), theirs(name), { approximate })).toEqual([])
    expect(shown.out).toBe(out)
    expect(shown.features.map(feature => feature.name)).toEqual(
      theirs(name).datasets[0].features.map((feature: { path: { step: string[] } }) => feature.path.step[0]),
    )
  })

  test('by slices, and from what was kept', async () => {
    const data = join(golden, 'inputs', 'train.csv.gz')
    const plan = { tfdv: true, slice: ['sex'] }
    const first = await rooms.compute(data, plan)
    const out = rooms.file('sliced.pb', '')
    const again = await rooms.compute(data, { ...plan, out })
    expect(again.seconds).toBe(first.seconds)
    expect(differences(await read(out), theirs('train_sliced_sex'), { approximate })).toEqual([])
    expect(first.slices).toEqual({ sex_Female: 10771, sex_Male: 21790 })
    expect(first.features[0]?.slices?.sex_Male?.count).toBe(21790)
  })
})

test('the usual reading is written as a message too, and splits stand in it by name', async () => {
  const path = rooms.file('usual.csv', csv(small))
  const out = rooms.file('usual.pbtxt', '')
  const plain = await rooms.compute(path)
  const shown = await rooms.compute(path, { out })
  expect({ ...shown, out: undefined }).toEqual({ ...plain, out: undefined })
  const list = await read(out)
  expect(list.datasets).toHaveLength(1)
  expect(Number(list.datasets[0]?.numExamples)).toBe(40)
  const version = await rooms.import(path, { name: 'usual', train: 0.6, eval: 0.2, test: 0.2 })
  const split = await rooms.statistics.protoOf('usual', { splits: true })
  expect(split.datasets.map(({ name }) => name)).toEqual(['All Examples', 'train', 'eval', 'test'])
  expect(split.datasets.map(({ numExamples }) => Number(numExamples))).toEqual([
    40,
    version.splits.train,
    version.splits.eval,
    version.splits.test,
  ])
  const table = await rooms.dataset.open('usual', {})
  try {
    for (const data of ['usual', table])
      for (const name of ['train', 'eval'] as const) {
        const [one] = (await rooms.statistics.protoOf(data, { split: name })).datasets
        expect(Number(one?.numExamples)).toBe(version.splits[name])
        expect(one?.features).toEqual(split.datasets.find(other => other.name === name)?.features)
      }
  } finally {
    table.close()
  }
})

test('a file of statistics is shown as it is, whatever its form', async () => {
  const path = rooms.file('own.csv', csv(small))
  const list = await rooms.statistics.protoOf(path, { strict: true, slices: ['sex'], weight: 'w' })
  const seen = []
  for (const ending of ['pb', 'json', 'pbtxt', 'tfrecord', 'tfrecord.gz']) {
    const file = rooms.file(`own.${ending}`, '')
    await writeMessage(file, DatasetFeatureStatisticsListSchema, list)
    const page = await rooms.features(file)
    expect(page.statistics?.of).toEqual({ version: null, title: `own.${ending}` })
    const computed = await rooms.compute(file)
    expect(computed.of).toEqual({ version: null, title: `own.${ending}` })
    seen.push({ ...computed, id: '', of: null, seconds: 0, at: '', madeBy: null })
  }
  for (const other of seen) expect(other).toEqual(seen[0])
  const [n] = seen[0]?.features ?? []
  expect(seen[0]?.slices).toEqual({ sex_Female: 14, sex_Male: 26 })
  expect(n?.all.numeric?.quantiles).toHaveLength(11)
  expect(n?.all.weighted?.count).toBeCloseTo(30, 9)
  expect(n?.all.weighted?.counts?.reduce((sum, count) => sum + count, 0)).toBeCloseTo(30, 9)
  expect(n?.slices?.sex_Male?.weighted?.mean).toBeGreaterThan(0)
})

test('what such a file cannot answer is told', async () => {
  const path = rooms.file('told.csv', csv(small))
  const out = rooms.file('told.pb', '')
  await rooms.compute(path, { out })
  expect(await failureOf(rooms.compute(out, { slice: ['sex'] }))).toMatchObject({ code: 'bad-input' })
  expect(await failureOf(rooms.compute(rooms.file('broken.pb', 'no message')))).toMatchObject({
    code: expect.stringMatching(/unreadable-file|wrong-type/),
  })
  // Rows in JSON are rows, whatever their file is called.
  const rows = await rooms.compute(rooms.file('rows.json', '{"a": 1}\n{"a": 2}\n'))
  expect(rows.rows).toBe(2)
})

test('an out that cannot be written is told, before the work where its name says it', async () => {
  const path = rooms.file('out.csv', csv(small))
  expect(await failureOf(rooms.compute(path, { out: 'stats.xlsx' }))).toMatchObject({
    code: 'bad-input',
    message: expect.stringContaining('stats.xlsx'),
  })
  const inFile = join(path, 'stats.pb')
  const failure = await failureOf(rooms.compute(path, { out: inFile }))
  expect(failure.code).not.toBe('internal')
  expect(failure.remedy).not.toBe('')
})
