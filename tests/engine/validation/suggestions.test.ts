import { describe, expect, test } from 'vitest'
import { type Form, formOf, withForm } from '../../../main/engine/validation/schema/form.ts'
import { figuresOf } from '../../../main/engine/validation/suggestions/figures.ts'
import {
  applySuggested,
  driftsOf,
  noise,
  suggest,
} from '../../../main/engine/validation/suggestions/index.ts'
import { randomOf } from '../../../main/engine/validation/suggestions/random.ts'
import { tailOf } from '../../../main/engine/validation/suggestions/tail.ts'
import { inferSchema } from '../../../main/engine/validation/tfdv/index.ts'
import { type Data, listOf } from './suggestionsLists.ts'

const random = randomOf('suggestions')
const many = <T>(rows: number, make: (row: number) => T): T[] =>
  Array.from({ length: rows }, (_, row) => make(row))
const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())

const subject = (data: Data) => {
  const list = listOf(data)
  const schema = inferSchema(list, { shape: true, maxDomain: 100 })
  return { reference: { title: 'before', list }, schema, form: formOf(schema) }
}
const suggestionsOf = (data: Data) => {
  const { reference, form } = subject(data)
  return suggest(reference, form)
}
const oneOf = (data: Data, id: string) => suggestionsOf(data).find(one => one.id === id)
const kinds = (before: Data, now: Data) => {
  const { reference, form } = subject(before)
  return applySuggested(reference, form, listOf(now)).map(({ kind, feature }) => `${kind} ${feature}`)
}

describe('a suggested range', () => {
  test('begins at 0 where numbers are never negative, and has room above', () => {
    const { set, title, why, now } =
      oneOf({ age: many(5000, () => 17 + Math.floor(random() ** 2 * 74)) }, 'age.range') ?? {}
    expect(set?.range?.min).toBe(0)
    expect(set?.range?.max).toBeGreaterThan(100)
    expect(set?.range?.max).toBeLessThanOrEqual(140)
    expect(title).toBe(`age from 0 to ${set?.range?.max}`)
    expect(why).toMatch(/^Seen 17 to 90 in 5,000 values of before; never negative; room/)
    expect(now).toBeNull()
  })

  test('is wider for a heavy tail than for a light one', () => {
    const width = (make: () => number) => {
      const values = many(5000, make)
      const { max } = oneOf({ x: values }, 'x.range')?.set.range ?? {}
      return (max ?? 0) / Math.max(...values)
    }
    expect(width(() => 10 + random())).toBeLessThan(1.2)
    expect(width(() => Math.exp(2 * normal()))).toBeGreaterThan(2.5)
  })

  test('does not begin at 0 where 0 is far, nor end above 1 for shares', () => {
    const kelvin = oneOf({ x: many(1000, () => 290 + 5 * normal()) }, 'x.range')?.set.range
    expect(kelvin?.min).toBeGreaterThan(220)
    expect(kelvin?.min).toBeLessThan(276)
    expect(oneOf({ x: many(1000, random) }, 'x.range')?.set.range).toEqual({ min: 0, max: 1 })
    const signed = oneOf({ x: many(1000, () => normal()) }, 'x.range')?.set.range
    expect(signed?.min).toBeLessThan(-3)
    expect(signed?.max).toBeGreaterThan(3)
  })

  test('stays whole for whole numbers, and is none for numbers that name rows, codes and one value', () => {
    const { min, max } =
      oneOf({ x: many(500, () => Math.round(50 + 20 * normal())) }, 'x.range')?.set.range ?? {}
    expect([min, max].every(Number.isInteger)).toBe(true)
    const data = {
      serial: many(500, row => 1000 + row),
      code: many(500, row => row % 4),
      one: many(500, () => 7),
      few: many(500, row => (row < 10 ? row * 3 : undefined)),
    }
    expect(suggestionsOf(data).filter(({ kind }) => kind === 'range')).toEqual([])
    const ids = many(500, () => Math.floor(random() ** 3 * 1e9))
    const { reference, form } = subject({ ids })
    const known = { ...reference, unique: new Map([['ids', new Set(ids).size]]) }
    expect(suggest(known, form).map(({ id }) => id)).toEqual(['rows'])
  })

  test('keeps the end that the schema has, and is not suggested again', () => {
    const { reference, schema, form } = subject({ x: many(1000, () => 100 * random()) })
    const [x] = form.features as [Form['features'][number]]
    const half = formOf(withForm(schema, { features: [{ ...x, range: { min: -5, max: null } }] }))
    const [one] = suggest(reference, half).filter(({ kind }) => kind === 'range')
    expect(one?.set.range?.min).toBe(-5)
    expect(one?.now).toBe('x from -5')
    const all = suggest(reference, half)
    const set = Object.assign({ ...half.features[0] }, ...all.map(each => each.set)) as typeof x
    const accepted = formOf(withForm(schema, { features: [set], rows: all[0]?.set.rows }))
    expect(suggest(reference, accepted)).toEqual([])
    expect(applySuggested(reference, accepted, listOf({ x: [1e6, 2e6, 3e6] }))).toEqual([])
  })
})

test('the last of as many values as were seen lies where it was seen, and others beyond', () => {
  for (const to of [11, 30, 500, 1e6]) {
    const at = tailOf({ from: 10, to, values: 100, scale: 5 })
    expect(at(1)).toBeCloseTo(10, 9)
    expect(at(0.01) / to).toBeCloseTo(1, 9)
    expect(at(0.001)).toBeGreaterThan(to)
  }
  expect(tailOf({ from: 5, to: 5, values: 10, scale: 1 })(0.01)).toBe(5)
})

describe('suggested missing shares, rows, lists and keys', () => {
  test('missing values may grow by half or by chance', () => {
    const data = { x: many(10_000, row => (row % 20 ? row % 7 : undefined)) }
    expect(oneOf(data, 'x.presence')?.set).toEqual({ required: true, minPresence: 0.924 })
    const now = (share: number, rows: number) => ({
      x: many(rows, row => (row >= share * rows ? row % 7 : undefined)),
    })
    expect(kinds(data, now(0.07, 10_000))).toEqual([])
    expect(kinds(data, now(0.09, 10_000))).toEqual(['too-many-missing x'])
    // Of a few rows a few more are chance.
    expect(kinds({ x: data.x.slice(0, 400) }, now(0.09, 100))).toEqual([])
    expect(oneOf({ x: many(100, () => undefined) }, 'x.presence')).toBeUndefined()
    expect(oneOf({ x: many(100, row => row) }, 'x.presence')).toBeUndefined()
  })

  test('a tenth of the rows are expected', () => {
    const data = (rows: number) => ({ x: many(rows, row => (row * 7) % 100) })
    expect(oneOf(data(32_561), 'rows')?.set.rows).toEqual({ min: 3200, max: null })
    expect(kinds(data(32_561), data(100))).toContain('wrong-rows ')
    expect(kinds(data(32_561), data(4000))).toEqual([])
    expect(oneOf(data(99), 'rows')).toBeUndefined()
  })

  test('new values are expected where some were seen once', () => {
    const word = (row: number) => (row < 5 ? `rare ${row}` : `word ${row % 30}`)
    const { set, why, now } = oneOf({ x: many(5000, word) }, 'x.domain-mass') ?? {}
    expect(set?.domainMass).toBeGreaterThan(0.99)
    expect(set?.domainMass).toBeLessThan(0.999)
    expect(why).toMatch(/^5 of 35 values are seen only once in 5,000 rows .*0\.1 %/)
    expect(now).toBe('All values of x known')
    expect(oneOf({ x: many(5000, row => `word ${row % 30}`) }, 'x.domain-mass')).toBeUndefined()
    expect(oneOf({ x: many(5000, row => `word ${row % 4000}`) }, 'x.domain-mass')).toBeUndefined()
  })

  test('a list too long to be inferred is held with room for what is new', () => {
    const before = { x: many(9000, row => `word ${row % 300}`) }
    expect(oneOf(before, 'x.domain-mass')?.set.domain).toHaveLength(300)
    const now = (fresh: number) => ({ x: many(9000, row => (row < fresh ? 'new' : `word ${row % 300}`)) })
    expect(kinds(before, now(2))).toEqual([])
    expect(kinds(before, now(90))).toEqual(['out-of-domain x'])
  })

  test('values that were unique may not recur', () => {
    const before = { key: many(1000, row => `key ${row}`) }
    expect(oneOf(before, 'key.unique')?.set).toEqual({ unique: { min: 95, max: null } })
    expect(kinds(before, { key: many(1000, row => `other ${row}`) })).toEqual([])
    expect(kinds(before, { key: many(1000, row => `key ${row % 500}`) })).toEqual(['wrong-unique key'])
    expect(oneOf({ key: many(1000, row => `key ${row % 500}`) }, 'key.unique')).toBeUndefined()
  })
})

describe('suggested drift', () => {
  const base = (rows: number): Data => ({
    x: many(rows, normal),
    heavy: many(rows, () => Math.exp(2 * normal())),
    zeros: many(rows, () => (random() < 0.9 ? 0 : Math.ceil(100 * random()))),
    few: many(rows, () => 1 + Math.floor(8 * random() * random())),
    word: many(rows, () => `word ${Math.floor(20 * random() ** 2)}`),
    long: many(rows, () => `word ${Math.floor(600 * random() ** 3)}`),
  })

  test.each([100, 1000, 20_000])('chance among %i rows raises nothing', rows => {
    let alarms = 0
    for (let at = 0; at < 20; at++)
      alarms += kinds(base(rows), base(rows)).filter(one => one.startsWith('drift')).length
    expect(alarms).toBe(0)
  })

  test('what moves is told with the bins that make it', () => {
    const before = base(5000)
    const now: Data = {
      ...base(5000),
      x: many(5000, () => 1 + normal()),
      word: many(5000, () => (random() < 0.4 ? 'word 9' : `word ${Math.floor(20 * random() ** 2)}`)),
    }
    const { reference, form } = subject(before)
    const found = applySuggested(reference, form, listOf(now))
    expect(found.map(({ kind, feature }) => `${kind} ${feature}`)).toEqual(['drift x', 'drift word'])
    const [x, word] = found.map(({ drift }) => drift)
    for (const drift of [x, word]) {
      expect(drift).toMatchObject({ measure: 'jensen-shannon', against: 'before' })
      expect(drift?.value).toBeGreaterThan(drift?.threshold ?? 1)
      const parts = drift?.bins.map(({ part }) => part) ?? []
      expect(parts).toEqual(parts.toSorted((a, b) => b - a))
      expect(parts.reduce((sum, part) => sum + part, 0)).toBeCloseTo(drift?.value ?? 0, 9)
    }
    expect(word?.bins[0]?.label).toBe('word 9')
    expect(word?.tfdv).toBeNull()
    expect(x?.tfdv).not.toBeNull()
    expect(found.every(({ suggested, severity }) => suggested && severity === 'warning')).toBe(true)
  })

  test('every feature is measured, alarm or not', () => {
    const before = base(1000)
    const { reference, form } = subject(before)
    const drifts = driftsOf(listOf(base(1000)), reference, form)
    expect(drifts.map(({ feature }) => feature)).toEqual(Object.keys(before))
    expect(drifts.every(({ drift }) => drift.threshold === null && drift.value >= 0)).toBe(true)
  })

  test('chance is expected to be as large as it is, for the rows there are', () => {
    const [before] = [base(4000)]
    const figures = figuresOf(listOf(before)).features
    for (const name of ['x', 'heavy', 'word']) {
      const feature = figures.get(name)
      if (!feature) throw new Error(name)
      const [large, small] = [noise(feature, [4000, 4000]), noise(feature, [4000, 100])]
      expect(large?.limit).toBeGreaterThan(large?.expected ?? 1)
      expect(small?.expected).toBeGreaterThan(2 * (large?.expected ?? 1))
      expect(noise(feature, [4000, 100])).toEqual(small)
      const { reference, form } = subject({ [name]: before[name] ?? [] })
      const values = many(
        40,
        () => driftsOf(listOf({ [name]: base(100)[name] ?? [] }), reference, form)[0]?.drift.value ?? 0,
      )
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length
      expect(mean / (small?.expected ?? 0)).toBeGreaterThan(0.5)
      expect(mean / (small?.expected ?? 0)).toBeLessThan(2)
    }
  })

  test('names of rows and moments have none', () => {
    const day = (row: number) => new Date(Date.UTC(2020, 0, 1 + row)).toISOString().slice(0, 10)
    const { reference, form } = subject({
      key: many(900, row => `key ${row}`),
      day: many(900, day),
      n: many(900, row => row),
    })
    const features = form.features.map(one => (one.name === 'day' ? { ...one, type: 'date' as const } : one))
    const unique = new Map([['n', 900]])
    expect(
      suggest({ ...reference, unique }, { ...form, features }).filter(({ kind }) => kind === 'drift'),
    ).toEqual([])
  })

  test('data of nothing, of other types and without features is let be', () => {
    const { reference, form } = subject(base(200))
    expect(applySuggested(reference, form, listOf({}))).toHaveLength(1)
    expect(
      applySuggested(reference, form, listOf({ x: many(200, () => 'text'), word: many(200, row => row) })),
    ).toEqual([])
    expect(suggest({ title: 'nothing', list: listOf({}) }, form)).toEqual([])
    expect(driftsOf(listOf({ x: many(200, () => 'text') }), reference, form)).toEqual([])
  })
})

test('ten thousand features are looked at in seconds', () => {
  const data = Object.fromEntries(many(2500, at => [`x${at}`, many(60, () => normal())]))
  const { reference, form } = subject(data)
  const wide = { ...form, features: many(4, () => form.features).flat() }
  const started = performance.now()
  expect(suggest(reference, wide).length).toBeGreaterThanOrEqual(10_000)
  expect(performance.now() - started).toBeLessThan(60_000)
}, 90_000)
