import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Cell, ColumnType, FeatureStatistics, Statistics } from '#contract'
import { csv, failureOf, listening } from '../dataset/workspace.ts'
import { agree, numberOf, plainFigures, plainHistogram, plainQuantiles } from './plain.ts'
import { openRooms, type Rooms } from './room.ts'

let rooms: Rooms
beforeAll(() => {
  rooms = openRooms()
})
afterAll(() => rooms.close())

/** Holds figures against those computed the plain way. */
function expectFigures(found: FeatureStatistics, cells: Cell[], type: ColumnType) {
  const plain = plainFigures(cells, type)
  const { numeric, averageLength, top, ...counts } = found
  expect(counts).toEqual({ count: plain.count, missing: plain.missing, unique: plain.unique })
  // How a float is written as text is not at issue here; how often each is there is.
  if (type === 'float') expect(top.map(({ count }) => count)).toEqual(plain.top.map(({ count }) => count))
  else expect(top).toEqual(plain.top)
  if (plain.averageLength === null) expect(averageLength).toBeNull()
  else expect(agree(averageLength ?? 0, plain.averageLength)).toBe(true)
  if (!plain.numeric) return expect(numeric).toBeNull()
  if (!numeric) throw new Error('figures of numbers are missing')
  const { histogram, mean, deviation, quantiles, ...exact } = numeric
  const { mean: plainMean, deviation: plainDeviation, ...plainExact } = plain.numeric
  expect(exact).toEqual(plainExact)
  const spread = Math.max(Math.abs(exact.min), Math.abs(exact.max))
  expect(Math.abs(mean - plainMean)).toBeLessThanOrEqual(1e-11 * spread + 1e-300)
  expect(Math.abs(deviation - plainDeviation)).toBeLessThanOrEqual(
    1e-9 * plainDeviation + 1e-12 * spread + 1e-300,
  )
  const numbers = cells.filter(cell => cell !== null).map(cell => numberOf(cell, type))
  expect(histogram.counts).toEqual(plainHistogram(numbers, histogram.edges))
  expect(quantiles).toEqual(plainQuantiles(numbers))
}

/** The cells of a version by column, of all rows or of a split. */
async function cellsOf(statistics: Statistics, split?: 'train' | 'eval' | 'test'): Promise<Cell[][]> {
  const version = rooms.dataset.resolve(statistics.of.version ?? '')
  const cells: Cell[][] = version.columns.map(() => [])
  const columns = version.columns.map(({ name }) => name)
  for await (const batch of rooms.dataset.read(version, { columns, split }))
    for (const [at, column] of batch.columns.entries()) cells[at]?.push(...column)
  return cells
}

const cell = {
  integer: fc.integer({ min: -40, max: 40 }).map(String),
  far: fc.maxSafeInteger().map(String),
  float: fc
    .double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 })
    // The squares of smaller ones, which the deviation is of, are no longer exact in a double.
    .map(value => (Math.abs(value) < 1e-100 ? '0.5' : String(value))),
  yes: fc.constantFrom('true', 'false'),
  day: fc
    .date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
    .map(date => date.toISOString().slice(0, 10)),
  moment: fc
    .date({ min: new Date('1990-01-01'), max: new Date('2030-01-01'), noInvalidDate: true })
    .map(date => `${date.toISOString().slice(0, 19)}Z`),
  text: fc.constantFrom('a', 'b', 'ä', '日本', 'long text', '𝒳y'),
}
const row = fc.tuple(...Object.values(cell).map(values => fc.option(values, { nil: '', freq: 6 })))
let nth = 0

describe('figures', () => {
  test('are those of the definition, for all rows and for each split', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 200 }), async table => {
        const path = rooms.file(
          `figures${++nth}.csv`,
          csv([['id', ...Object.keys(cell)], ...table.map((cells, at) => [String(at), ...cells])]),
        )
        const version = await rooms.import(path, { train: 0.5, eval: 0.3, test: 0.2 })
        const statistics = await rooms.compute(version.id)
        expect(statistics).toMatchObject({ rows: version.rows, splits: version.splits })
        for (const split of [undefined, 'train', 'eval', 'test'] as const) {
          const cells = await cellsOf(statistics, split)
          for (const [at, feature] of statistics.features.entries()) {
            const figures = split ? feature.splits[split] : feature.all
            expectFigures(figures as FeatureStatistics, cells[at] ?? [], feature.type)
            // One scale for all splits, so that they can be laid over each other.
            if (figures?.numeric)
              expect(figures.numeric.histogram.edges).toEqual(feature.all.numeric?.histogram.edges)
          }
        }
      }),
      { numRuns: 15, interruptAfterTimeLimit: 40_000 },
    )
  })

  test('do not depend on the order of the rows', async () => {
    const numbers = Array.from({ length: 30_000 }, (_, at) => Math.sin(at) * 10 ** (at % 7))
    const lines = numbers.map((number, at) => `${at % 91},${number},t${at % 1000}`)
    const one = await rooms.compute(rooms.file('order1.csv', `i,f,t\n${lines.join('\n')}\n`))
    const two = await rooms.compute(rooms.file('order2.csv', `i,f,t\n${lines.reverse().join('\n')}\n`))
    expect(two.features).toEqual(one.features)
  })

  test('a histogram has equal bins, whole ones for whole numbers, one a value where there are few', async () => {
    const lines = Array.from(
      { length: 1000 },
      (_, at) => `${at % 7},${at},${at / 8},5,2.5,${at % 2 ? 'true' : 'false'}`,
    )
    const { features } = await rooms.compute(
      rooms.file('bins.csv', `few,many,float,same,point,yes\n${lines.join('\n')}\n`),
    )
    const edges = Object.fromEntries(
      features.map(({ name, all }) => [name, all.numeric?.histogram.edges ?? []]),
    )
    expect(edges.few).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(edges.many).toEqual(Array.from({ length: 64 }, (_, at) => at * 16))
    expect(edges.float).toHaveLength(65)
    expect([edges.float?.[0], edges.float?.at(-1)]).toEqual([0, 999 / 8])
    expect(edges.same).toEqual([5, 6])
    expect(edges.point).toEqual([2, 3])
    expect(edges.yes).toEqual([0, 1, 2])
    for (const { all } of features)
      expect(all.numeric?.histogram.counts.reduce((sum, count) => sum + count, 0)).toBe(1000)
  })

  test('values at an edge of a float histogram fall where the edges say', async () => {
    // 0.1 has no exact form, so dividing by the width misses some edges by one.
    const values = Array.from({ length: 641 }, (_, at) => at / 10 + 0.1)
    const { features } = await rooms.compute(rooms.file('edges.csv', `f\n${values.join('\n')}\n`))
    const histogram = features[0]?.all.numeric?.histogram
    expect(histogram?.counts).toEqual(plainHistogram(values, histogram?.edges ?? []))
  })

  test('the digits that sums of squares lose are there', async () => {
    const values = Array.from({ length: 1001 }, (_, at) => 1e9 + (at % 2 ? 0.25 : -0.25))
    const { features } = await rooms.compute(rooms.file('digits.csv', `f\n${values.join('\n')}\n`))
    expect(features[0]?.all.numeric?.deviation).toBeCloseTo(0.25, 6)
  })

  test('integers beyond 2^53 are told apart', async () => {
    const { features } = await rooms.compute(
      rooms.file('far.csv', 'i\n9007199254740993\n9007199254740992\n9007199254740994\n9007199254740993\n'),
    )
    expect(features[0]?.all).toMatchObject({
      unique: 3,
      top: [
        { value: '9007199254740993', count: 2 },
        { value: '9007199254740992', count: 1 },
        { value: '9007199254740994', count: 1 },
      ],
    })
  })

  test('a column without a value has none', async () => {
    const { features } = await rooms.compute(rooms.file('none.csv', 'a,b\n1,\n2,\n'))
    expect(features[1]?.all).toEqual({
      count: 0,
      missing: 2,
      unique: 0,
      numeric: null,
      top: [],
      averageLength: null,
    })
  })
})

test('of 3,000 columns, and of a file that is not imported', async () => {
  const names = Array.from({ length: 3000 }, (_, at) => `c${at}`)
  const lines = Array.from({ length: 40 }, (_, at) =>
    names.map((_, column) => (column % 2 ? at * column : `t${at % 3}`)).join(','),
  )
  const path = rooms.file('wide.csv', `${names.join(',')}\n${lines.join('\n')}\n`)
  const statistics = await rooms.compute(path)
  expect(statistics).toMatchObject({ rows: 40, splits: {}, of: { version: null, title: 'wide.csv' } })
  expect(statistics.features).toHaveLength(3000)
  expect(statistics.features[2999]?.all.numeric).toMatchObject({
    min: 0,
    max: 39 * 2999,
    median: 19.5 * 2999,
  })
  expect(statistics.features[2998]?.all.top[0]).toEqual({ value: 't0', count: 14 })
  expect(rooms.leftovers().filter(path => !path.startsWith('blobs'))).toEqual([])
})

test('they are kept, found again, and an artifact of what they are of', async () => {
  const path = rooms.file('kept.csv', 'a,b\n1,x\n2,y\n')
  const version = await rooms.import(path)
  expect(rooms.statistics.of(version)).toBeNull()
  expect(await rooms.statistics.door.show({ data: 'kept', slice: [] }, listening)).toEqual({
    statistics: null,
  })
  const first = await rooms.compute('kept')
  expect(first.of).toEqual({ version: version.id, title: 'kept v1' })
  expect(first.madeBy).toMatch(/^job-\d+$/)
  expect(await rooms.compute('kept@1')).toEqual(first)
  expect(rooms.statistics.of(version)).toEqual(first)
  expect(await rooms.statistics.door.show({ data: 'kept', slice: [] }, listening)).toEqual({
    statistics: first,
  })
  const parents = rooms.store.db.prepare('SELECT DISTINCT parent FROM lineage WHERE child = ?').all(first.id)
  expect(parents).toEqual([{ parent: version.id }])
  // A file that is there wins over a dataset, and is something else than the version made of it.
  const ofFile = await rooms.compute(path)
  expect(ofFile.id).not.toBe(first.id)
  expect(ofFile.features.map(({ all }) => all)).toEqual(first.features.map(({ all }) => all))
  expect(await rooms.statistics.door.show({ data: path, slice: [] }, listening)).toEqual({
    statistics: ofFile,
  })
})

test('what is not there is told, and cancelling keeps nothing', async () => {
  expect(await failureOf(rooms.compute('nothing'))).toMatchObject({
    code: 'not-found',
    message: expect.stringContaining('nothing'),
  })
  expect(await failureOf(rooms.compute('./nothing.csv'))).toMatchObject({
    code: 'not-found',
    message: expect.stringContaining('no file'),
  })
  expect(await failureOf(rooms.compute(rooms.file('header.csv', 'a,b\n')))).toMatchObject({
    code: 'empty-data',
  })
  const lines = Array.from({ length: 400_000 }, (_, at) => `${Math.sin(at)},${Math.cos(at)},${at}`)
  const version = await rooms.import(rooms.file('long.csv', `a,b,c\n${lines.join('\n')}\n`))
  const failure = await failureOf(
    rooms.job(
      job => rooms.statistics.door.compute({ data: version.id, slice: [] }, job),
      job => setTimeout(job.cancel, 120),
    ),
  )
  expect(failure.code).toBe('cancelled')
  expect(rooms.statistics.of(version)).toBeNull()
})
