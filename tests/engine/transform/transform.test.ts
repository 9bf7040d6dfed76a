import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { transform as contractOf, Recipe, type Spread } from '#contract'
import { inputOf } from '../../../preload/contract/call.ts'
import { aFolder, openBench, resultOf } from '../training/bench.ts'
import { tableRoom } from '../training/table.ts'
import { EVERY_STEP, MACHINES, machines } from './machines.ts'

const never = { signal: new AbortController().signal }
const ROWS = machines(600)

let folder: ReturnType<typeof aFolder>
let bench: ReturnType<typeof openBench>
beforeEach(() => {
  folder = aFolder()
  bench = openBench(join(folder.path, 'w'), tableRoom(MACHINES, ROWS))
})
afterEach(async () => {
  await bench.close()
  folder.remove()
})

const recipe = (features: object[], others: Recipe['others'] = 'suggested') =>
  Recipe.parse({ features, others })
const save = (name: string, features: object[] = []) =>
  bench.transform.door.save({ name, dataset: 'table', recipe: recipe(features) }, never)
const preview = (feature: object, rows = 50_000) =>
  bench.transform.door.preview(
    inputOf(contractOf.preview).parse({ dataset: 'table', feature, rows }) as never,
    never,
  )
const refused = (promise: Promise<unknown>) =>
  promise.then(
    () => {
      throw new Error('it was not refused')
    },
    (error: { failure: { code: string; message: string; remedy: string } }) => error.failure,
  )

describe('saved transforms', () => {
  test('are versions: what is changed is the next one, what is the same is not', async () => {
    const one = await save('mine')
    expect(one).toMatchObject({ name: 'mine', number: 1, dataset: 'table' })
    expect(await save('mine')).toEqual(one)
    const two = await save('mine', [{ name: 'turns', columns: ['turns'], step: { kind: 'leave-out' } }])
    expect(two.number).toBe(2)
    expect(two.id).not.toBe(one.id)
    await save('other')
    const { transforms } = await bench.transform.door.list({}, never)
    expect(transforms.map(({ name, versions, latest }) => [name, versions, latest.number])).toEqual([
      ['other', 1, 1],
      ['mine', 2, 2],
    ])
    expect((await bench.transform.door.list({ dataset: 'elsewhere' }, never)).transforms).toEqual([])
    const shown = await bench.transform.door.show({ name: 'mine@1' }, never)
    expect(shown.transform).toEqual(one)
    expect(shown.versions.map(({ number }) => number)).toEqual([2, 1])
  })

  test('are removed by version or by name, and a number is not given twice while others are there', async () => {
    await save('mine')
    await save('mine', [EVERY_STEP[0] as object])
    const { removed } = await bench.transform.door.remove({ name: 'mine@1' }, never)
    expect(removed.map(({ number }) => number)).toEqual([1])
    expect((await save('mine')).number).toBe(3)
    expect((await bench.transform.door.remove({ name: 'mine' }, never)).removed).toHaveLength(2)
    expect(await refused(bench.transform.door.show({ name: 'mine' }, never))).toMatchObject({
      code: 'not-found',
    })
  })

  test('that do not fit the data are refused, and so are names and versions that are not there', async () => {
    const bad = save('mine', [{ name: 'x', columns: ['shift'], step: { kind: 'number' } }])
    expect(await refused(bad)).toMatchObject({
      code: 'bad-input',
      message: 'Scaling does not work for "shift", which holds texts.',
    })
    expect((await bench.transform.door.list({}, never)).transforms).toEqual([])
    await save('mine')
    expect((await refused(bench.transform.door.show({ name: 'mine@7' }, never))).message).toMatch(
      /no version 7/,
    )
    expect((await refused(bench.transform.door.show({ name: 'yours' }, never))).remedy).toMatch(/mine/)
    expect((await refused(bench.transform.door.remove({ name: 'yours' }, never))).code).toBe('not-found')
    const elsewhere = bench.transform.door.save({ name: 'x', dataset: 'nowhere', recipe: recipe([]) }, never)
    expect((await refused(elsewhere)).code).toBe('not-found')
  })
})

test('every column is suggested a step that can be changed, with the reason where it says nothing', async () => {
  const { columns, rows } = await bench.transform.door.suggest({ dataset: 'table', label: 'state' }, never)
  expect(rows).toBe(480)
  expect(columns.map(({ name, step, width }) => [name, step.kind, width])).toEqual([
    ['at', 'date', 7],
    ['machine', 'vocabulary', 3],
    ['load', 'number', 2],
    ['turns', 'number', 1],
    ['shift', 'vocabulary', 3],
    ['manual', 'vocabulary', 2],
  ])
  expect(columns[3]?.words).toMatch(/^mean 2,\d\d\d\.?\d*, deviation 1,\d\d\d/)
  expect(
    (await refused(bench.transform.door.suggest({ dataset: 'table', label: 'x' }, never))).message,
  ).toMatch(/no column "x"/)
})

describe('the effect of a feature', () => {
  const total = (spread: Spread | undefined) =>
    (spread?.histogram?.counts.reduce((sum, n) => sum + n, 0) ?? 0) + (spread?.missing ?? 0)

  test('before and after, of all rows of the train split', async () => {
    const seen = await preview({ name: 'load', columns: ['load'], step: { kind: 'number' } })
    const loads = ROWS.filter((_, i) => i % 10 < 8).map(row => row[2] as number | null)
    const gaps = loads.filter(load => load === null).length
    expect(seen).toMatchObject({ rows: 480, fitted: 480, words: expect.stringMatching(/^mean .*deviation/) })
    expect(seen.before[0]).toMatchObject({ name: 'load', missing: gaps })
    expect(total(seen.before[0])).toBe(480)
    expect(seen.after.map(({ name }) => name)).toEqual(['load', 'missing'])
    expect(total(seen.after[0])).toBe(480)
    expect(seen.after[1]?.mean).toBeCloseTo(gaps / 480, 9)
    const there = seen.after[0] as Spread
    expect(Math.abs(there.mean as number)).toBeLessThan(1e-6)
  })

  test('of a sample, which is drawn at equal distances, fitted to all', async () => {
    const all = await preview({ name: 't', columns: ['turns'], step: { kind: 'number', scale: 'min-max' } })
    const some = await preview(
      { name: 't', columns: ['turns'], step: { kind: 'number', scale: 'min-max' } },
      100,
    )
    expect(some).toMatchObject({ rows: 96, fitted: 480, words: all.words })
  })

  test.each([
    [{ name: 's', columns: ['shift'], step: { kind: 'vocabulary', most: 2 } }, ['early', 'late', 'other']],
    [{ name: 's', columns: ['shift'], step: { kind: 'vocabulary', as: 'index' } }, ['index']],
    [
      { name: 'c', columns: ['shift', 'manual'], step: { kind: 'cross', buckets: 2 } },
      ['bucket 0', 'bucket 1'],
    ],
    [{ name: 'd', columns: ['at'], step: { kind: 'date', parts: ['trend'] } }, ['trend']],
    [
      {
        name: 'w',
        columns: ['load'],
        step: { kind: 'window', time: 'at', group: 'machine', figures: ['mean', 'count'], rows: 3 },
      },
      ['mean', 'count'],
    ],
  ])('%j has its columns by name', async (feature, names) => {
    const seen = await preview(feature)
    expect(seen.before).toHaveLength(feature.columns.length)
    if (feature.step.kind === 'vocabulary' && names.length === 3) {
      const counts = ['early', 'late'].map(
        value => seen.before[0]?.top.find(one => one.value === value)?.count,
      )
      expect(
        seen.after
          .slice(0, 2)
          .map(({ mean }) => Math.round((mean as number) * 480))
          .sort(),
      ).toEqual(counts.sort())
    }
    expect(seen.after.map(({ name }) => name).sort()).toEqual([...names].sort())
    for (const spread of seen.after) expect(total(spread)).toBe(480)
  })

  test('rows that are dropped are not in the picture after', async () => {
    const seen = await preview({
      name: 'load',
      columns: ['load'],
      step: { kind: 'number' },
      missing: { fill: 'drop' },
    })
    expect(seen.fitted).toBeLessThan(480)
    expect(seen.rows).toBe(480)
    expect(total(seen.after[0])).toBe(seen.fitted)
  })

  test('what says nothing says why, and what cannot be made is refused', async () => {
    const none = await preview({ name: 's', columns: ['shift'], step: { kind: 'vocabulary', least: 5000 } })
    expect(none).toMatchObject({ feature: null, words: 'no value is in 5000 rows or more', after: [] })
    const bad = preview({ name: 's', columns: ['shift'], step: { kind: 'number' } })
    expect((await refused(bad)).code).toBe('bad-input')
  })
})

test('a fit is an artifact with its lineage, the same for the same data', async () => {
  await save('mine', EVERY_STEP)
  const start = () => bench.jobs.start('transform', 'fit', { transform: 'mine', without: ['state'] })
  const fitted = await resultOf<Awaited<ReturnType<typeof bench.transform.door.fit>>>(bench, start())
  expect(fitted.features.map(({ name }) => name)).toEqual([
    'at',
    'machine',
    'load',
    'load range',
    'turns',
    'shift',
    'manual',
    'shift of machine',
    'lately',
  ])
  expect(fitted.width).toBe(fitted.features.reduce((sum, { width }) => sum + width, 0))
  expect(fitted.rows).toBe(480)
  expect(bench.lineage.get(fitted.id)).toMatchObject({ kind: 'transform', title: 'mine v1 of table v1' })
  expect((await resultOf<{ id: string }>(bench, start())).id).toBe(fitted.id)
})
