import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FeatureStatistics } from '#contract'
import { jensenShannon } from '../../../main/engine/statistics/index.ts'
import { csv, failureOf } from '../dataset/workspace.ts'
import { plainHistogram } from './plain.ts'
import { openRooms, type Rooms } from './room.ts'

let rooms: Rooms
beforeAll(() => {
  rooms = openRooms()
})
afterAll(() => rooms.close())

/** A row of small numbers that are the same everywhere (Lehmer's generator). */
function dice(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

const compare = (data: string, other: string) =>
  rooms.job(job => rooms.statistics.door.compare({ data, with: other }, job))

describe('a page of features', () => {
  beforeAll(async () => {
    const roll = dice(3)
    const rows = Array.from({ length: 400 }, (_, at) => [
      String(at),
      at % 10 ? '' : 'x',
      String(at % 4 ? 0 : 1),
      `t${at % 2}`,
      String(roll()),
      at < 396 ? 'same' : 'other',
    ])
    await rooms.import(
      rooms.file('page.csv', csv([['b10', 'gaps', 'zeros', 'B2', 'real', 'uneven'], ...rows])),
      {
        name: 'page',
      },
    )
    await rooms.compute('page')
  })
  const namesOf = async (want: Record<string, unknown>) =>
    (await rooms.features('page', want)).features.map(({ name }) => name)

  test('is none before it was computed', async () => {
    const path = rooms.file('never.csv', 'a\n1\n')
    expect(await rooms.features(path)).toEqual({ statistics: null, features: [], total: 0 })
  })

  test('comes in the wanted order, with what fits', async () => {
    expect(await namesOf({})).toEqual(['b10', 'gaps', 'zeros', 'B2', 'real', 'uneven'])
    expect(await namesOf({ descending: true, limit: 2 })).toEqual(['uneven', 'real'])
    expect(await namesOf({ order: 'name' })).toEqual(['B2', 'b10', 'gaps', 'real', 'uneven', 'zeros'])
    expect((await namesOf({ order: 'missing', descending: true }))[0]).toBe('gaps')
    expect((await namesOf({ order: 'zeros', descending: true }))[0]).toBe('zeros')
    expect((await namesOf({ order: 'unique', descending: true })).slice(0, 2).sort()).toEqual(['b10', 'real'])
    expect((await namesOf({ order: 'unique' }))[0]).toBe('gaps')
    expect(await namesOf({ search: 'B', order: 'name' })).toEqual(['B2', 'b10'])
    expect(await namesOf({ types: ['text'] })).toEqual(['gaps', 'B2', 'uneven'])
    const page = await rooms.features('page', { offset: 4, limit: 10 })
    expect(page.features).toHaveLength(2)
    expect(page.total).toBe(6)
    expect(page.statistics).not.toHaveProperty('features')
    expect(page.statistics?.rows).toBe(400)
  })

  test('says how uneven each is', async () => {
    const { features } = await rooms.features('page', { order: 'non-uniformity', descending: true })
    const by = Object.fromEntries(features.map(({ name, nonUniformity }) => [name, nonUniformity]))
    expect(by.gaps).toBe(1)
    expect(by.B2).toBeCloseTo(0, 9)
    expect(by.b10).toBeLessThan(0.01)
    // Of two values 99 % and 1 %: 1 minus their entropy in bits.
    expect(by.uneven).toBeCloseTo(1 + 0.99 * Math.log2(0.99) + 0.01 * Math.log2(0.01), 9)
    expect(features.map(({ nonUniformity }) => nonUniformity)).toEqual(
      Object.values(by).sort((a, b) => (b ?? 0) - (a ?? 0)),
    )
  })
})

describe('drift', () => {
  test('is the Jensen-Shannon divergence', () => {
    expect(jensenShannon([1, 1], [5, 5])).toBe(0)
    expect(jensenShannon([3, 0], [0, 8])).toBe(1)
    // By hand: shares (1, 0) and (1/2, 1/2), middle (3/4, 1/4).
    const by = 0.5 * Math.log2(1 / 0.75) + 0.5 * (0.5 * Math.log2(0.5 / 0.75) + 0.5 * Math.log2(0.5 / 0.25))
    expect(jensenShannon([4, 0], [7, 7])).toBeCloseTo(by, 12)
  })

  test('is found between two kept statistics, and not where there is none', async () => {
    const roll = dice(7)
    const normal = () => Math.sqrt(-2 * Math.log(roll())) * Math.cos(2 * Math.PI * roll())
    const rows = (many: number, shift: number, male: number) =>
      Array.from({ length: many }, (_, at) => [
        String(normal() + shift),
        String(Math.round(normal() * 10 + 40 + shift * 10)),
        roll() < male ? 'Male' : 'Female',
        `id${at}-${shift}`,
        String(normal()),
      ])
    const header = ['real', 'age', 'sex', 'id', 'same']
    await rooms.import(rooms.file('before.csv', csv([header, ...rows(20_000, 0, 0.7)])), { name: 'before' })
    const after = rooms.file('after.csv', csv([header, ...rows(15_000, 1.5, 0.3)]))
    await rooms.compute('before')
    expect(await failureOf(rooms.features('before', { with: after }))).toMatchObject({ code: 'not-found' })
    await rooms.compute(after)
    const plain = await rooms.features('before')
    for (const { name, drift } of plain.features)
      if (name === 'id') expect(drift).toBeNull()
      else expect(drift).toBeLessThan(0.01)
    const { features } = await rooms.features('before', { with: after, order: 'drift', descending: true })
    const drift = Object.fromEntries(features.map(each => [each.name, each.drift]))
    // Of two normal distributions 1.5 deviations apart, by numerical integration: 0.319; bins can only lose of it.
    expect(drift.real).toBeGreaterThan(0.3)
    expect(drift.real).toBeLessThan(0.33)
    expect(drift.age).toBeGreaterThan(0.3)
    expect(drift.age).toBeLessThan(0.33)
    expect(drift.same).toBeLessThan(0.005)
    // Shares 0.7 and 0.3 of two values.
    const entropy = (p: number) => -p * Math.log2(p) - (1 - p) * Math.log2(1 - p)
    expect(drift.sex).toBeCloseTo(1 - entropy(0.3), 1)
    expect(drift.id).toBeNull()
    expect(features.at(-1)?.name).toBe('id')
  })
})

describe('two data in common bins', () => {
  const numbers = (values: number[]) =>
    csv([['n', 'f', 't'], ...values.map(n => [String(n), String(n / 8 + 0.05), `t${n % 5}`])])
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at)

  test.each([
    ['one lies in the other', range(0, 1000), range(200, 700)],
    ['one reaches further', range(0, 640), range(300, 1000)],
    ['they lie far apart', range(0, 100), range(100_000, 100_100)],
    ['of few values', [1, 1, 2, 3], [2, 5, 5, 5, 9]],
  ])('%s', async (name, one, two) => {
    const paths = [one, two].map((values, at) => rooms.file(`${name} ${at}.csv`, numbers(values)))
    const [a, b] = paths as [string, string]
    const found = await compare(a, b)
    expect(found.rows).toEqual({ a: one.length, b: two.length })
    for (const [at, pair] of found.features.entries()) {
      const both = [pair.a, pair.b] as [FeatureStatistics, FeatureStatistics]
      expect(both[0].count).toBe(one.length)
      expect(both[1].count).toBe(two.length)
      if (at === 2) continue
      const edges = both[0].numeric?.histogram.edges ?? []
      expect(both[1].numeric?.histogram.edges).toEqual(edges)
      for (const [side, values] of [one, two].entries()) {
        const mine = at ? values.map(n => n / 8 + 0.05) : values
        expect(edges[0]).toBeLessThanOrEqual(Math.min(...mine))
        expect(edges.at(-1)).toBeGreaterThanOrEqual(Math.max(...mine))
        const counts = both[side]?.numeric?.histogram.counts as number[]
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(values.length)
        // Exact where all values are known, which they are of up to a thousand.
        if (!at) expect(counts).toEqual(plainHistogram(mine, edges))
      }
    }
    // The page lays them beside each other in the same way.
    const page = await rooms.features(a, { with: b })
    for (const [at, feature] of page.features.entries()) {
      expect(feature.with).toEqual(found.features[at]?.b)
      expect(feature.all).toEqual(found.features[at]?.a)
      expect(feature.drift).toBe(found.features[at]?.drift)
    }
  })

  test('columns that only one has, or that are of another kind', async () => {
    const a = rooms.file('kinds a.csv', 'x,y,only a\n1,1,1\n2,2,2\n')
    const b = rooms.file('kinds b.csv', 'x,y,only b\nhigh,1.5,1\nlow,2.5,2\n')
    const { features } = await compare(a, b)
    expect(features.map(({ name }) => name)).toEqual(['x', 'y', 'only a', 'only b'])
    expect(features[0]).toMatchObject({ b: null, drift: null })
    // Whole numbers and others are both numbers.
    expect(features[1]?.b?.numeric?.min).toBe(1.5)
    expect(features[2]).toMatchObject({ b: null })
    expect(features[3]).toMatchObject({ a: null, drift: null })
  })

  test('of many different values the common bins are nearly right', async () => {
    const roll = dice(11)
    const draw = (many: number, power: number) => Array.from({ length: many }, () => roll() ** power * 1000)
    const [one, two] = [draw(30_000, 3), draw(20_000, 2)]
    const paths = [one, two].map((values, at) =>
      rooms.file(`draw${at}.csv`, csv([['f', 'g'], ...values.map(value => [String(value), String(-value)])])),
    )
    const { features } = await compare(paths[0] as string, paths[1] as string)
    for (const [at, pair] of features.entries())
      for (const [side, values] of [one, two].entries()) {
        const figures = (side ? pair.b : pair.a) as FeatureStatistics
        const { edges, counts } = figures.numeric?.histogram ?? { edges: [], counts: [] }
        const exact = plainHistogram(
          values.map(value => (at ? -value : value)),
          edges,
        )
        for (const [bin, count] of exact.entries())
          expect(Math.abs(count - (counts[bin] as number))).toBeLessThan(0.01 * values.length)
      }
  })
})

test('of 10,000 features a page takes less than 100 ms, also beside others', async () => {
  const width = 10_000
  const names = Array.from({ length: width }, (_, at) => `column ${at}`)
  const table = (shift: number) =>
    csv([
      names,
      ...Array.from({ length: 12 }, (_, row) =>
        names.map((_, at) =>
          at % 3 ? String(((row * 7 + at) % 31) + (at % 50 ? 0 : shift)) : `t${(row + at) % 4}`,
        ),
      ),
    ])
  const one = rooms.file('wide one.csv', table(0))
  const two = rooms.file('wide two.csv', table(20))
  const version = await rooms.import(one, { name: 'wide' })
  await rooms.compute('wide')
  await rooms.compute(two)
  const timed = async (want: Record<string, unknown>) => {
    const seconds: number[] = []
    for (let run = 0; run < 5; run++) {
      const began = performance.now()
      const page = await rooms.features('wide', want)
      seconds.push(performance.now() - began)
      expect(page.features).toHaveLength(100)
      expect(page.total).toBe(width)
    }
    return Math.min(...seconds)
  }
  expect(await timed({ order: 'drift', descending: true, offset: 5000 })).toBeLessThan(100)
  expect(await timed({ with: two, order: 'drift', descending: true })).toBeLessThan(250)
  const { features } = await rooms.features('wide', {
    with: two,
    order: 'drift',
    descending: true,
    limit: 20,
  })
  for (const feature of features) expect(Number(feature.name.slice(7)) % 50).toBe(0)
  expect(rooms.statistics.of(version)?.features).toHaveLength(width)
  expect(rooms.statistics.sketches(version)).toHaveLength(width)
}, 180_000)

test('while it is computed, what is done can be looked at', async () => {
  const roll = dice(5)
  const lines = Array.from(
    { length: 300_000 },
    () => `${roll()},${roll()},${roll()},${roll()},${roll()},${roll()}`,
  )
  await rooms.import(rooms.file('growing.csv', `a,b,c,d,e,f\n${lines.join('\n')}\n`), { name: 'growing' })
  const seen: number[] = []
  let isOver = false
  const computing = rooms.job(job =>
    rooms.statistics.door.compute(
      { data: 'growing', slice: [] },
      { ...job, progress: (done, step) => job.progress(done, step) },
    ),
  )
  void computing.finally(() => {
    isOver = true
  })
  while (!isOver) {
    const { statistics, features, total } = await rooms.features('growing')
    if (statistics) seen.push(total)
    expect(features).toHaveLength(total)
    await new Promise(done => setTimeout(done, 5))
  }
  await computing
  expect(seen.some(total => total < 6)).toBe(true)
  expect(seen).toEqual([...seen].sort((a, b) => a - b))
  expect((await rooms.features('growing')).total).toBe(6)
})
