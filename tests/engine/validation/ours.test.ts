import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { outlying } from '../../../main/engine/validation/checks/outliers.ts'
import { randomOf } from '../../../main/engine/validation/suggestions/random.ts'
import { csv } from '../dataset/workspace.ts'
import { openRooms, type Rooms } from '../statistics/room.ts'
import { findings, line } from './oursRoom.ts'

let rooms: Rooms
beforeAll(() => {
  rooms = openRooms()
})
afterAll(() => rooms.close())

const random = randomOf('ours')
const many = <T>(rows: number, make: (row: number) => T): T[] =>
  Array.from({ length: rows }, (_, row) => make(row))
const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
let files = 0
/** A file with these columns. */
function file(columns: Record<string, (string | number | null)[]>): string {
  const names = Object.keys(columns)
  const rows = Object.values(columns)[0]?.length ?? 0
  const cells = many(rows, row => names.map(name => String(columns[name]?.[row] ?? '')))
  return rooms.file(`ours${++files}.csv`, csv([names, ...cells]))
}

/** Flowers of three kinds that their leaves tell apart, but for a few. */
function flowers(rows: number) {
  const kind = many(rows, row => row % 3)
  const spread = (by: number, noise: number) => kind.map(k => Number((by * k + noise * normal()).toFixed(3)))
  return {
    kind: kind.map(k => `flower ${k}`),
    petal: spread(2, 0.5),
    sepal: spread(1, 0.8),
    width: spread(0.5, 1),
    color: kind.map(k => (random() < 0.7 ? `color ${k}` : `color ${Math.floor(3 * random())}`)),
    noise: kind.map(() => Math.floor(100 * random())),
  }
}

describe('leakage', () => {
  test('is none where features say much, each its part', async () => {
    const data = file({ id: many(600, row => `flower ${row}`), ...flowers(600) })
    expect(await findings(rooms, data, ['leakage'], { label: 'kind' })).toEqual([])
    expect(await findings(rooms, data, ['leakage'])).toEqual([])
  })

  test('is a column that is the label in other words, or nearly', async () => {
    const data = flowers(900)
    const found = await findings(
      rooms,
      file({
        ...data,
        code: data.kind.map(kind => (kind === 'flower 2' ? 10 : kind === 'flower 1' ? 5 : 7)),
        nearly: data.kind.map((kind, row) => (row % 200 ? kind.toUpperCase() : 'none')),
      }),
      ['leakage'],
      { label: 'kind' },
    )
    expect(found.map(line)).toEqual(['error leakage code all 900', 'warning leakage nearly all 900'])
    expect(found[0]?.detail).toMatch(/^Each value goes with one value of "kind".* 9\d(\.\d+)? %|100 % /)
    expect(found[1]?.detail).toMatch(
      /^This column alone says 9\d(\.\d)? % of what there is to know of "kind"/,
    )
  })

  test('is a missing value that gives the label away', async () => {
    const churned = many(1000, () => (random() < 0.3 ? 'yes' : 'no'))
    const found = await findings(
      rooms,
      file({
        churned,
        months: many(1000, () => Math.floor(40 * random())),
        ended: churned.map((value, row) => (value === 'yes' ? `day ${row}` : null)),
      }),
      ['leakage'],
      { label: 'churned' },
    )
    expect(found.map(line)).toEqual(['warning leakage ended all 1000'])
  })

  test('of a number to predict is what explains its variance, or lies on a line with it', async () => {
    const size = many(1500, () => 40 + 60 * random())
    const price = size.map(x => Math.round(3000 * x + 20_000 * normal()))
    const found = await findings(
      rooms,
      file({ price, size: size.map(x => x.toFixed(2)), dollars: price.map(x => (1.1 * x + 3).toFixed(2)) }),
      ['leakage'],
      { label: 'price' },
    )
    expect(found.map(line)).toEqual(['error leakage dollars all 1500'])
    expect(found[0]?.detail).toContain('of the variance of "price"')
  })
})

describe('duplicate rows', () => {
  test('are told with their numbers', async () => {
    const data = { ...flowers(400), x: many(400, () => random()) }
    const copied = Object.fromEntries(
      Object.entries(data).map(([name, values]) => [
        name,
        [...values, ...values.slice(0, 20), values[0] ?? ''],
      ]),
    )
    const [found, ...more] = await findings(rooms, file(copied), ['duplicate-rows'])
    expect(more).toEqual([])
    expect(line(found as never)).toBe('warning duplicate-rows rows all 21')
    expect(found?.only).toEqual(many(21, row => 400 + row))
    expect(found?.detail).toMatch(
      /^21 of 421 rows \(5 %\) are copies of 20 other rows; .* about 0 such pairs/,
    )
    expect(found?.examples[0]).toBe('rows 1, 401, 421')
  })

  test('that a few values bring by themselves are harmless, also where columns go together', async () => {
    const a = many(2000, () => Math.floor(6 * random()))
    const b = many(2000, () => Math.floor(5 * random()))
    const data = {
      a,
      same: a.map(value => `is ${value}`),
      twice: a.map(value => 2 * value),
      b,
      sum: a.map((x, row) => x + (b[row] ?? 0)),
    }
    expect(await findings(rooms, file(data), ['duplicate-rows'])).toEqual([])
    const rare = many(2000, () => Math.floor(200 * random()))
    expect(await findings(rooms, file({ ...data, rare }), ['duplicate-rows'])).toEqual([])
    const fine = { ...data, rare: many(2000, () => random().toFixed(6)) }
    expect(await findings(rooms, file(fine), ['duplicate-rows'])).toEqual([])
  })
})

describe('rows of train in other splits', () => {
  const import_ = async (columns: Record<string, (string | number | null)[]>) =>
    (await rooms.import(file({ ...columns }), { key: ['id'], train: 0.6, eval: 0.2, test: 0.2 })).id

  test('are told by split, and those with another label apart', async () => {
    const half = { ...flowers(1000), x: many(1000, () => random()) }
    const again = Object.fromEntries(
      Object.entries(half).map(([name, values]) => [
        name,
        [...values, ...values.map(value => (name === 'kind' && value === 'flower 0' ? 'flower 1' : value))],
      ]),
    )
    const id = await import_({ id: many(2000, row => `row ${row}`), ...again })
    const found = await findings(rooms, id, ['split-overlap'], { label: 'kind' })
    expect(found.map(({ split, title }) => `${split} ${title}`)).toEqual([
      'eval Rows of train again',
      'eval Rows of train with another label',
      'test Rows of train again',
      'test Rows of train with another label',
    ])
    const [rows, other] = found
    // Of 400 rows in eval, six tenths have their copy in train; of a third of those the label is another.
    expect(rows?.rows).toBeGreaterThan(100)
    expect(rows?.rows).toBeLessThan(220)
    expect(other?.rows).toBeGreaterThan(50)
    expect(other?.only).toHaveLength(other?.rows ?? 0)
    expect((await findings(rooms, id, ['split-overlap'])).map(({ split }) => split)).toEqual(['eval', 'test'])
  })

  test('are none where rows differ, nor where chance brings them', async () => {
    const id = many(1000, row => `row ${row}`)
    expect(
      await findings(
        rooms,
        await import_({ id, ...flowers(1000), x: many(1000, () => random()) }),
        ['split-overlap'],
        { label: 'kind' },
      ),
    ).toEqual([])
    const dice = {
      id,
      a: many(1000, () => Math.floor(6 * random())),
      b: many(1000, () => Math.floor(6 * random())),
    }
    expect(await findings(rooms, await import_(dice), ['split-overlap'], { label: 'b' })).toEqual([])
    expect(await findings(rooms, file(dice), ['split-overlap'], { label: 'b' })).toEqual([])
  })
})

describe('columns that say nothing', () => {
  test('have one value, or another in nearly every row', async () => {
    const data = file({
      ...flowers(200),
      one: many(200, () => 'x'),
      half: many(200, row => (row % 2 ? 'x' : null)),
      name: many(200, row => `name ${row}`),
    })
    const kinds = ['constant', 'near-unique'] as const
    const found = await findings(rooms, data, [...kinds], { label: 'kind' })
    expect(found.map(line)).toEqual(['warning constant one all 200', 'warning near-unique name all 200'])
    // Without a label, a column that names rows is no feature.
    expect((await findings(rooms, data, [...kinds])).map(line)).toEqual(['warning constant one all 200'])
  })
})

describe('class imbalance', () => {
  const classes = (counts: Record<string, number>) => {
    const y = Object.entries(counts).flatMap(([name, count]) => many(count, () => name))
    return { y, x: y.map(() => random()) }
  }
  const found = (data: Parameters<typeof file>[0]) =>
    findings(rooms, file(data), ['class-imbalance'], { label: 'y' })

  test('is a class that is rare beside another', async () => {
    const [one] = await found(classes({ good: 970, bad: 30 }))
    expect(line(one as never)).toBe('warning class-imbalance y all 30')
    expect(one?.detail).toMatch(/^"good" has 970 of 1,000 rows \(97 %\), "bad" 30: 1 to 32\./)
    expect(one?.where).toEqual([{ column: 'y', is: 'equals', values: ['bad'] }])
    expect(await found(classes({ good: 700, bad: 300 }))).toEqual([])
  })

  test('is an error where there is one class', async () => {
    expect((await found(classes({ good: 100 }))).map(line)).toEqual(['error class-imbalance y all 100'])
  })

  test('is none for numbers to predict', async () => {
    const y = many(500, () => Math.round(1000 * random()))
    expect(await found({ y, x: y })).toEqual([])
  })

  test('counts what is trained on, by codes too', async () => {
    const y = many(2000, row => (row % 40 ? 0 : 1))
    const { id } = await rooms.import(file({ id: many(2000, row => row), y }), { key: ['id'], train: 0.8 })
    const [one] = await findings(rooms, id, ['class-imbalance'], { label: 'y' })
    expect(one).toMatchObject({ split: 'train', where: [{ column: 'y', is: 'equals', values: [1] }] })
    expect(one?.rows).toBeLessThan(50)
  })
})

describe('outliers', () => {
  const outliers = async (x: (number | string | null)[]) =>
    (await findings(rooms, file({ x, y: x.map(() => random()) }), ['outliers'])).map(one => ({
      line: line(one),
      where: one.where?.[0]?.values,
    }))

  test('are few, and further out than the tail of the others', async () => {
    const ages = many(2000, () => Math.round(40 + 12 * normal()))
    const values = ages.map((age, row) => (row === 5 || row === 900 ? 999 : row === 7 ? -500 : age))
    const found = await outliers(values)
    expect(found.map(one => one.line)).toEqual(['warning outliers x all 2', 'warning outliers x all 1'])
    expect(found[0]?.where).toEqual([999, null])
    expect(found[1]?.where?.[0]).toBeNull()
  })

  test.each([
    ['normal', () => normal()],
    ['uniform', () => random()],
    ['lognormal', () => Math.exp(2 * normal())],
    ['Cauchy', () => Math.tan(Math.PI * (random() - 0.5))],
    ['exponential', () => -Math.log(1 - random())],
    ['counts', () => Math.floor(-4 * Math.log(1 - random()))],
    ['mostly zeros', () => (random() < 0.9 ? 0 : Math.round(1000 * random()))],
  ])('are none in a %s distribution', (_, make) => {
    let alarms = 0
    for (let nth = 0; nth < 200; nth++) {
      const values = many(1000, make).sort((a, b) => b - a)
      const median = values[500] ?? 0
      for (const side of [values, values.toReversed()])
        if (outlying(side.slice(0, 300), median, 1000, 1e-4)) alarms++
    }
    expect(alarms).toBe(0)
  })

  test('may be dates', async () => {
    const day = (row: number) => new Date(Date.UTC(2020, 0, 1 + (row % 300))).toISOString().slice(0, 10)
    const found = await outliers(many(600, row => (row === 3 ? '1900-01-01' : day(row))))
    expect(found[0]?.line).toBe('warning outliers x all 1')
    expect(found[0]?.where).toEqual([null, '2020-01-01'])
  })
})

describe('likely wrong labels', () => {
  /** Rows whose class follows from their features, but for the flipped ones. */
  const learnable = (rows: number, flip: number) => {
    const right = many(rows, row => row % 3)
    const flipped = new Set<number>()
    const y = right.map((k, row) => {
      if (random() >= flip) return `class ${k}`
      flipped.add(row)
      return `class ${(k + 1 + Math.floor(2 * random())) % 3}`
    })
    const data = {
      y,
      a: right.map(k => (3 * k + normal()).toFixed(3)),
      b: right.map(k => (-2 * k + normal()).toFixed(3)),
      c: right.map(k => (random() < 0.85 ? `sort ${k}` : `sort ${Math.floor(3 * random())}`)),
      d: right.map(() => Math.floor(50 * random())),
    }
    return { data, flipped }
  }

  test('are the flipped ones of 2 %, with few others', async () => {
    const { data, flipped } = learnable(3000, 0.02)
    const [found] = await findings(rooms, file(data), ['mislabeled'], { label: 'y' })
    const only = found?.only ?? []
    const hits = only.filter(row => flipped.has(row)).length
    const [precision, recall] = [hits / only.length, hits / flipped.size]
    console.log(
      `mislabeled: precision ${precision.toFixed(2)}, recall ${recall.toFixed(2)} of ${flipped.size}`,
    )
    expect(precision).toBeGreaterThan(0.85)
    expect(recall).toBeGreaterThan(0.8)
    // The surest come first.
    expect(only.slice(0, 20).filter(row => flipped.has(row)).length).toBeGreaterThan(18)
    expect(found?.examples[0]).toMatch(/^row [\d,]+: "class \d", rather "class \d" \(\d+(\.\d+)? %\)$/)
  })

  test('are hardly any where none was flipped, and none where classes are not known well', async () => {
    const [clean] = await findings(rooms, file(learnable(3000, 0).data), ['mislabeled'], { label: 'y' })
    expect(clean?.rows ?? 0).toBeLessThanOrEqual(15)
    const y = many(2000, () => (random() < 0.5 ? 'a' : 'b'))
    const vague = { y, x: y.map(one => (one === 'a' ? 0.5 : 0) + normal()) }
    expect(await findings(rooms, file(vague), ['mislabeled'], { label: 'y' })).toEqual([])
    expect(await findings(rooms, file(vague), ['mislabeled'])).toEqual([])
  })
})

test('a check stops when it is told to', async () => {
  const stop = new AbortController()
  stop.abort()
  const run = findings(rooms, file(flowers(300)), ['leakage', 'mislabeled', 'duplicate-rows'], {
    label: 'kind',
    signal: stop.signal,
  })
  await expect(run).rejects.toThrow()
})

test('a table wider than a group of columns is looked at within bounds', async () => {
  const y = many(300, row => (row % 2 ? 'a' : 'b'))
  const wide = Object.fromEntries(many(1100, at => [`x${at}`, y.map(() => Math.floor(1000 * random()))]))
  const copy = (values: (string | number)[]) => [...values, ...values.slice(0, 5)]
  const data = { ...wide, y, leak: y.map(one => one.toUpperCase()) }
  const path = file(Object.fromEntries(Object.entries(data).map(([name, values]) => [name, copy(values)])))
  const kinds = ['leakage', 'duplicate-rows', 'mislabeled', 'outliers', 'constant', 'near-unique'] as const
  const found = await findings(rooms, path, [...kinds], { label: 'y' })
  expect(found.map(line)).toEqual(['warning duplicate-rows rows all 5'])
}, 60_000)
