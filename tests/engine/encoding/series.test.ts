import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Cell, Column } from '#contract'
import {
  describeFeature,
  encode,
  encodeInstances,
  fitRecipe,
  openMemory,
} from '../../../main/engine/encoding/index.ts'
import type { WindowFeature } from '../../../main/engine/encoding/spec.ts'
import { again, bits, failureOf, fitted, recipeOf } from './recipes.ts'

const COLUMNS: Column[] = [
  { name: 'at', type: 'integer' },
  { name: 'who', type: 'text' },
  { name: 'x', type: 'float' },
  { name: 'y', type: 'float' },
]
const windowOf = (column: string, more: object = {}) => ({
  name: `${column} series`,
  columns: [column],
  step: { kind: 'window', time: 'at', group: 'who', figures: ['values'], rows: 3, ...more },
})
const NAN = Number.NaN

/** The values of a window by their definition: one a moment, the last that was known there, of moments up to the row's. */
function byDefinition(rows: Cell[][], nth: number, column: number, most: number, current: boolean): number[] {
  const [time, who] = rows[nth] as [number, string]
  const moments = new Map<number, number>()
  rows
    .map((row, i) => ({ row, i }))
    .filter(({ row, i }) => row[1] === who && ((row[0] as number) < time || (row[0] === time && i <= nth)))
    .sort((a, b) => (a.row[0] as number) - (b.row[0] as number) || a.i - b.i)
    .forEach(({ row }) => {
      const at = row[0] as number
      moments.set(at, (row[column] as number | null) ?? moments.get(at) ?? NAN)
    })
  if (!current) moments.delete(time)
  const values = [...moments.values()].slice(-most)
  return [...new Array<number>(most - values.length).fill(NAN), ...values]
}

const rowOf = fc.tuple(
  fc.integer({ min: 0, max: 15 }),
  fc.constantFrom('a', 'b'),
  fc.option(fc.integer({ min: -9, max: 9 }), { freq: 5 }),
  fc.integer({ min: -9, max: 9 }),
)
const table = fc.array(rowOf, { minLength: 8, maxLength: 40 })
const columnsOf = (rows: readonly (readonly Cell[])[]) =>
  COLUMNS.map((_, i) => rows.map(row => row[i] as Cell))

describe('the values of a window', () => {
  test('are the last ones, oldest first, one a moment, of each series, scaled, in history and row by row', () => {
    fc.assert(
      fc.property(table, fc.boolean(), (rows, current) => {
        const spec = fitted(recipeOf([windowOf('x', { current })]), COLUMNS, columnsOf(rows))
        const [feature] = spec.features as [WindowFeature | undefined]
        if (!feature) return
        const [{ mean, deviation }] = feature.scaling as [{ mean: number; deviation: number }]
        const inOrder = [...rows].sort((a, b) => a[0] - b[0])
        const cells = columnsOf(inOrder).slice(0, 3)
        const encoded = encode(again(spec), cells, inOrder.length)
        inOrder.forEach((_, row) => {
          const values = byDefinition(inOrder, row, 2, 3, current)
          const known = values.map(value => (Number.isNaN(value) ? 0 : (value - mean) / deviation))
          const wanted = [...known, ...(feature.missing ? [Number(values.some(Number.isNaN))] : [])]
          const got = encoded.slice(row * spec.width, (row + 1) * spec.width)
          wanted.forEach((value, i) => {
            expect(got[i]).toBeCloseTo(value, 4)
          })
        })
        const memory = openMemory(spec)
        const one = inOrder.map(([at, who, x]) => encodeInstances(spec, [{ at, who, x }], memory))
        expect(one.flatMap(bits)).toEqual(bits(encoded))
      }),
      { numRuns: 100 },
    )
  })

  test('a row that is sent again changes nothing, and brings what was not known before', () => {
    const rows: Cell[][] = [
      [1, 'a', 10, 0],
      [2, 'a', 20, 0],
      [3, 'a', 40, 0],
      [4, 'a', 10, 0],
    ]
    const spec = fitted(recipeOf([windowOf('x', { current: false })]), COLUMNS, columnsOf(rows))
    const ask = (memory: ReturnType<typeof openMemory>, at: number, x: number | null) => [
      ...encodeInstances(spec, [{ at, who: 'a', x }], memory),
    ]
    const [plain, twice, later] = [openMemory(spec), openMemory(spec), openMemory(spec)]
    for (const [at, , x] of rows as [number, string, number][]) {
      const answer = ask(plain, at, x)
      expect([ask(twice, at, x), ask(twice, at, x)]).toEqual([answer, answer])
      // The value is not known yet when the answer is wanted, and is sent after.
      expect(ask(later, at, null)).toEqual(answer)
      ask(later, at, x)
    }
    expect(later.keep()).toEqual(plain.keep())
  })

  test('have names that say how far back each is', () => {
    const spec = fitted(
      recipeOf([windowOf('x')]),
      COLUMNS,
      columnsOf([
        [1, 'a', 1, 0],
        [2, 'a', 2, 0],
      ]),
    )
    expect(describeFeature(spec.features[0] as WindowFeature)).toEqual({
      words: 'values of x over the last 3 rows',
      columns: ['2 before', '1 before', 'now', 'missing'],
    })
    expect(
      failureOf(() => fitted(recipeOf([windowOf('x', { rows: undefined, seconds: 5 })]), COLUMNS, []))
        .message,
    ).toBe('The feature "x series" takes the values of its window, and not how many.')
  })
})

describe('the past of what is to be predicted', () => {
  const left = new Set(['y'])
  const begun = (features: object[], label?: string) =>
    fitRecipe(recipeOf(features), COLUMNS, left, { label })

  test('may be learned from without the row itself, and the answer does not depend on it', () => {
    fc.assert(
      fc.property(table, fc.integer({ min: -99, max: 99 }), (rows, other) => {
        const fitter = begun([windowOf('y', { current: false })], 'y')
        const cells = columnsOf(rows).filter((_, i) => i !== 2)
        fitter.history?.add(
          fitter.history.columns.map(
            name => columnsOf(rows)[COLUMNS.findIndex(each => each.name === name)] as Cell[],
          ),
          rows.length,
        )
        fitter.add(cells, rows.length, fitter.history?.finish())
        const spec = fitter.finish()
        if (spec.features.length === 0) return
        expect(spec.inputs?.map(({ name }) => name)).toEqual(['at', 'who', 'y'])
        const last = rows.length - 1
        const changed = cells.map((column, i) => (i === 2 ? column.with(last, other) : column))
        const unknown = cells.map((column, i) => (i === 2 ? column.with(last, null) : column))
        const tail = (given: Cell[][]) => bits(encode(spec, given, rows.length).slice(last * spec.width))
        expect(tail(changed)).toEqual(tail(cells))
        expect(tail(unknown)).toEqual(tail(cells))
      }),
      { numRuns: 100 },
    )
  })

  test.each([
    ['with the row itself', windowOf('y'), 'y', /of the row itself, which is to be predicted/],
    [
      'as any other column that is not learned from',
      windowOf('y', { current: false }),
      'x',
      /is not learned from/,
    ],
    ['as the group of a window', windowOf('x', { group: 'y', current: false }), 'y', /of the row itself/],
    ['as the time of a window', windowOf('x', { time: 'y', current: false }), 'y', /of the row itself/],
    ['as its own time', windowOf('y', { time: 'y', current: false }), 'y', /of the row itself/],
  ])('is not learned from %s', (_, feature, label, reason) => {
    const { leftOut } = begun([feature], label).finish()
    expect(leftOut[0]?.reason).toMatch(reason)
  })

  test('cannot be required of a device, which does not know it yet', () => {
    const feature = { ...windowOf('y', { current: false }), missing: { fill: 'drop' } }
    expect(failureOf(() => begun([feature], 'y')).message).toMatch(/cannot drop/)
  })
})
