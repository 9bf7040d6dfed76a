import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Feature, FeatureStatistics } from '#contract'
import { csv, failureOf } from '../dataset/workspace.ts'
import { plainHistogram } from './plain.ts'
import { openRooms, type Rooms } from './room.ts'

let rooms: Rooms
beforeAll(() => {
  rooms = openRooms()
})
afterAll(() => rooms.close())

let nth = 0
const header = ['n', 'f', 't', 'w', 'a', 'b']
const row = fc.tuple(
  fc.option(fc.integer({ min: -9, max: 9 }).map(String), { nil: '', freq: 6 }),
  fc.option(
    fc.integer({ min: -800, max: 800 }).map(value => String(value / 8)),
    { nil: '', freq: 6 },
  ),
  fc.option(fc.constantFrom('x', 'y', 'ä z'), { nil: '', freq: 6 }),
  fc.integer({ min: 0, max: 12 }).map(value => String(value / 4)),
  fc.option(fc.constantFrom('p', 'q'), { nil: '', freq: 6 }),
  fc.constantFrom('1', '2'),
)
const numbersOf = (rows: string[][], at: number) =>
  rows
    .map(cells => cells[at] as string)
    .filter(text => text !== '')
    .map(Number)

describe('slices', () => {
  test('have the figures of their rows alone, in the bins of all', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 80 }), async rows => {
        const whole = [...rows, ['1', '0.5', 'x', '1', 'p', '1']]
        const path = rooms.file(`sliced${++nth}.csv`, csv([header, ...whole]))
        const found = await rooms.compute(path, { slice: ['b', 'a'] })
        const names = [
          ...new Set(whole.filter(cells => cells[4]).map(cells => `a_${cells[4]}_b_${cells[5]}`)),
        ]
        expect(Object.keys(found.slices ?? {}).sort()).toEqual(names.sort())
        for (const name of names) {
          const mine = whole.filter(cells => `a_${cells[4]}_b_${cells[5]}` === name)
          expect(found.slices?.[name]).toBe(mine.length)
          const alone = await rooms.compute(rooms.file(`alone${nth}-${name}.csv`, csv([header, ...mine])))
          for (const [at, { all }] of alone.features.entries()) {
            const feature = found.features[at] as Feature
            const { numeric, ...rest } = feature.slices?.[name] ?? feature.all
            // Alone a column may be of another type: all of its values may be missing there, or whole.
            if (feature.type !== alone.features[at]?.type) continue
            expect(rest).toEqual({ ...all, numeric: undefined })
            if (!numeric || !all.numeric) continue
            expect({ ...numeric, histogram: null, deviation: 0, mean: 0 }).toEqual({
              ...all.numeric,
              histogram: null,
              deviation: 0,
              mean: 0,
            })
            expect(numeric.mean).toBeCloseTo(all.numeric.mean, 9)
            expect(numeric.deviation).toBeCloseTo(all.numeric.deviation, 9)
            expect(numeric.histogram.edges).toEqual(feature.all.numeric?.histogram.edges)
            expect(numeric.histogram.counts).toEqual(
              plainHistogram(numbersOf(mine, at), numeric.histogram.edges),
            )
          }
        }
      }),
      { numRuns: 8, interruptAfterTimeLimit: 30_000 },
    )
  })

  test('by floats are named as TensorFlow Data Validation names them, by dates and booleans as they read', async () => {
    const path = rooms.file(
      'named.csv',
      'f,d,y\n0.5,2020-01-31,true\n2.0,2020-02-01,false\n0.5,2020-01-31,true\n',
    )
    expect((await rooms.compute(path, { slice: ['f'] })).slices).toEqual({ 'f_0.5': 2, 'f_2.0': 1 })
    expect((await rooms.compute(path, { slice: ['d'] })).slices).toEqual({
      'd_2020-01-31': 2,
      'd_2020-02-01': 1,
    })
    expect((await rooms.compute(path, { slice: ['y'] })).slices).toEqual({ y_true: 2, y_false: 1 })
  })

  test('that are not there or too many are told', async () => {
    const many = Array.from({ length: 1500 }, (_, at) => [`t${at}`, String(at)])
    const path = rooms.file('many.csv', csv([['t', 'n'], ...many]))
    expect(await failureOf(rooms.compute(path, { slice: ['nobody'] }))).toMatchObject({
      code: 'bad-input',
      message: expect.stringContaining('nobody'),
    })
    expect(await failureOf(rooms.compute(path, { slice: ['t'] }))).toMatchObject({
      code: 'too-wide',
      message: expect.stringContaining('1500'),
    })
    await rooms.import(path, { name: 'many' })
    expect(await failureOf(rooms.compute('many', { within: 'none' }))).toMatchObject({ code: 'not-found' })
    expect(await failureOf(rooms.compute(path, { within: 'none' }))).toMatchObject({ code: 'bad-input' })
    expect(await failureOf(rooms.compute(path, { split: 'train' }))).toMatchObject({ code: 'empty-data' })
  })

  test('that were saved narrow the rows, and so does a split', async () => {
    const rows = Array.from({ length: 300 }, (_, at) => [String(at), at % 2 ? 'odd' : 'even'])
    const version = await rooms.import(rooms.file('narrow.csv', csv([['n', 'kind'], ...rows])), {
      name: 'narrow',
    })
    await rooms.dataset.door.saveSlice(
      {
        dataset: 'narrow',
        name: 'small odd',
        where: [
          { column: 'kind', is: 'equals', values: ['odd'] },
          { column: 'n', is: 'range', values: [null, 100] },
        ],
      },
      { signal: new AbortController().signal },
    )
    const found = await rooms.compute('narrow', { within: 'small odd' })
    expect(found.rows).toBe(50)
    expect(found.features[0]?.all.numeric).toMatchObject({ min: 1, max: 99, median: 50 })
    expect(found.of).toEqual({ version: version.id, title: 'narrow v1, small odd' })
    const train = await rooms.compute('narrow', { split: 'train' })
    expect(train.rows).toBe(version.splits.train)
    const whole = await rooms.compute('narrow')
    expect(train.features[0]?.all).toMatchObject({ count: whole.features[0]?.splits.train?.count })
    expect(new Set([found.id, train.id, whole.id]).size).toBe(3)
    // They are found again by the same question, and only by it.
    expect((await rooms.features('narrow', { within: 'small odd' })).statistics?.id).toBe(found.id)
    expect((await rooms.features('narrow', { split: 'eval' })).statistics).toBeNull()
  })
})

describe('weights', () => {
  test('count each row by its weight', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 3, maxLength: 80 }), async some => {
        const rows = [...some, ['1', '0.5', 'x', '1.25', 'p', '1']]
        const path = rooms.file(`weighted${++nth}.csv`, csv([header, ...rows]))
        const found = await rooms.compute(path, { weight: 'w', slice: ['b'] })
        expect(found.weight).toBe('w')
        const check = (mine: string[][], at: number, figures: FeatureStatistics | undefined) => {
          const pairs = mine
            .filter(cells => cells[at] !== '')
            .map(cells => ({ x: Number(cells[at]), text: cells[at], w: Number(cells[3]) }))
          const weight = pairs.reduce((sum, { w }) => sum + w, 0)
          const all = mine.reduce((sum, cells) => sum + Number(cells[3]), 0)
          expect(figures?.weighted?.count).toBeCloseTo(weight, 9)
          expect(figures?.weighted?.missing).toBeCloseTo(all - weight, 9)
          if (!weight) return
          if (at === 2) {
            const top = figures?.weighted?.top ?? []
            for (const { value, count } of top)
              expect(count).toBeCloseTo(
                pairs.filter(({ text }) => text === value).reduce((sum, { w }) => sum + w, 0),
                9,
              )
            return
          }
          const mean = pairs.reduce((sum, { x, w }) => sum + (x * w) / weight, 0)
          const variance = pairs.reduce((sum, { x, w }) => sum + ((x - mean) ** 2 * w) / weight, 0)
          expect(figures?.weighted?.mean).toBeCloseTo(mean, 8)
          expect(figures?.weighted?.deviation).toBeCloseTo(Math.sqrt(variance), 6)
          // Half of the weight lies on either side of the median.
          const median = figures?.weighted?.median as number
          const below = pairs.filter(({ x }) => x < median).reduce((sum, { w }) => sum + w, 0)
          const above = pairs.filter(({ x }) => x > median).reduce((sum, { w }) => sum + w, 0)
          expect(Math.max(below, above)).toBeLessThanOrEqual(weight / 2 + 1e-9)
          const edges = figures?.numeric?.histogram.edges ?? []
          const counts = figures?.weighted?.counts ?? []
          expect(counts.reduce((sum, count) => sum + count, 0)).toBeCloseTo(weight, 9)
          const inFirst = pairs.filter(({ x }) => x < (edges[1] as number) || edges.length === 2)
          expect(counts[0]).toBeCloseTo(
            inFirst.reduce((sum, { w }) => sum + w, 0),
            9,
          )
        }
        for (const at of [0, 1, 2]) {
          check(rows, at, found.features[at]?.all)
          for (const b of new Set(rows.map(cells => cells[5] as string)))
            check(
              rows.filter(cells => cells[5] === b),
              at,
              found.features[at]?.slices?.[`b_${b}`],
            )
        }
      }),
      { numRuns: 10, interruptAfterTimeLimit: 30_000 },
    )
  })

  test('that are none are told', async () => {
    const path = rooms.file('none.csv', 't,n,m,i\nx,-1,1,1\ny,2,,1\n')
    for (const [weight, code] of [
      ['nobody', 'bad-input'],
      ['t', 'wrong-type'],
      ['n', 'wrong-type'],
      ['m', 'wrong-type'],
    ])
      for (const tfdv of [false, true])
        expect(await failureOf(rooms.compute(path, { weight, tfdv }))).toMatchObject({
          code,
          message: expect.stringContaining(weight as string),
        })
  })
})

test('correlations are those of the definition; a column that does not vary has none', async () => {
  const rows = Array.from({ length: 500 }, (_, at) => [
    String(at),
    String(Math.sin(at)),
    at % 5 ? String(at * at) : '',
    '7',
    `t${at % 3}`,
  ])
  const found = await rooms.compute(
    rooms.file('together.csv', csv([['a', 'b', 'c', 'same', 't'], ...rows])),
    {
      correlations: true,
    },
  )
  expect(found.correlations?.map(({ a, b }) => `${a} ${b}`)).toEqual(['a b', 'a c', 'b c'])
  for (const { a, b, correlation, covariance } of found.correlations ?? []) {
    const [i, j] = [a, b].map(name => ['a', 'b', 'c'].indexOf(name)) as [number, number]
    const pairs = rows
      .filter(cells => cells[i] !== '' && cells[j] !== '')
      .map(cells => [Number(cells[i]), Number(cells[j])] as const)
    const mean = (at: 0 | 1) => pairs.reduce((sum, pair) => sum + pair[at] / pairs.length, 0)
    const [x, y] = [mean(0), mean(1)]
    const together = (p: 0 | 1, q: 0 | 1) =>
      pairs.reduce((sum, pair) => sum + ((pair[p] - (p ? y : x)) * (pair[q] - (q ? y : x))) / pairs.length, 0)
    expect(covariance / together(0, 1)).toBeCloseTo(1, 8)
    expect(correlation).toBeCloseTo(together(0, 1) / Math.sqrt(together(0, 0) * together(1, 1)), 9)
  }
})
