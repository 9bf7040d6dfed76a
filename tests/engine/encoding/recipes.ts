import fc from 'fast-check'
import { type Cell, type Column, FeatureRecipe, Recipe } from '#contract'
import { fitRecipe, type TransformSpec } from '../../../main/engine/encoding/index.ts'
import { FailureError } from '../../../main/engine/kit/index.ts'

export const COLUMNS: Column[] = [
  { name: 'whole', type: 'integer' },
  { name: 'float', type: 'float' },
  { name: 'word', type: 'text' },
  { name: 'flag', type: 'boolean' },
  { name: 'day', type: 'date' },
  { name: 'time', type: 'timestamp' },
]

export const feature = (given: object): FeatureRecipe => FeatureRecipe.parse(given)
export const recipeOf = (features: object[], others: Recipe['others'] = 'leave-out'): Recipe =>
  Recipe.parse({ features, others })

/** Fits a recipe to columns of cells. */
export function fitted(
  recipe: Recipe,
  columns: Column[],
  cells: readonly (readonly Cell[])[],
  options: { embeds?: boolean; left?: string[] } = {},
): TransformSpec {
  const fitter = fitRecipe(recipe, columns, new Set(options.left), options)
  const own = fitter.columns.map(
    ({ name }) => cells[columns.findIndex(column => column.name === name)] as Cell[],
  )
  const rows = own[0]?.length ?? 0
  const names = fitter.columns.map(({ name }) => name)
  fitter.history?.add(
    fitter.history.columns.map(name => own[names.indexOf(name)] as Cell[]),
    rows,
  )
  fitter.add(own, rows, fitter.history?.finish())
  return fitter.finish()
}

/** Bits of floats, so that -0 and the last digit count. */
export const bits = (values: Float32Array): number[] => [
  ...new Uint32Array(values.buffer, values.byteOffset, values.length),
]
export const again = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

export const failureOf = (run: () => unknown) => {
  try {
    run()
  } catch (error) {
    if (error instanceof FailureError) return error.failure
    throw error
  }
  throw new Error('nothing was thrown')
}

const moment = fc
  .date({ min: new Date('1950-01-01'), max: new Date('2090-12-31T23:59:59Z'), noInvalidDate: true })
  .map(date => date.toISOString())
const gaps = (cell: fc.Arbitrary<Cell>) => fc.option(cell, { nil: null, freq: 6 })

/** A row of {@link COLUMNS}. */
export const row = fc.tuple(
  gaps(
    fc.oneof(fc.integer({ min: -9, max: 9 }), fc.bigInt({ min: 10n ** 17n, max: 10n ** 20n }).map(String)),
  ),
  gaps(fc.oneof(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.double())),
  gaps(fc.constantFrom('a', 'b', 'ä', '漢字', '', ' a', '#1', '-')),
  gaps(fc.boolean()),
  gaps(moment.map(text => text.slice(0, 10))),
  gaps(
    fc.oneof(
      moment,
      fc.integer({ min: 0, max: 200 }).map(s => new Date(s * 1000).toISOString()),
    ),
  ),
)

const name = fc.integer({ min: 0, max: 1e9 }).map(n => `f${n}`)
const as = fc.constantFrom('one-hot', 'index')
const own = (columns: string[], step: fc.Arbitrary<object>, fills: object[]) =>
  fc.record({
    name,
    columns: fc.constantFrom(...columns).map(column => [column]),
    step,
    missing: fc.constantFrom({ fill: 'own' }, { fill: 'own' }, ...fills),
  })

const FILLS = { fill: 'most-frequent', indicator: true }
const NUMBER_FILLS = [
  FILLS,
  { fill: 'mean', indicator: true },
  { fill: 'median' },
  { fill: 'constant', value: 3, indicator: true },
]

/** Any feature that can be made of {@link COLUMNS}. */
export const anyFeature: fc.Arbitrary<object> = fc.oneof(
  own(
    ['whole', 'float'],
    fc.record({
      kind: fc.constant('number'),
      scale: fc.constantFrom('standard', 'min-max', 'robust', 'log1p', 'none'),
      clip: fc.constantFrom(
        undefined,
        { by: 'values', low: -5, high: 5 },
        { by: 'quantiles', low: 0.1, high: 0.9 },
        { by: 'values', low: 0 },
      ),
    }),
    NUMBER_FILLS,
  ),
  own(
    ['whole', 'float'],
    fc.record({
      kind: fc.constant('buckets'),
      by: fc.constantFrom('quantiles', 'equal-width', 'edges'),
      count: fc.integer({ min: 2, max: 6 }),
      edges: fc.constant([3, -1, 3]),
      as,
    }),
    NUMBER_FILLS,
  ),
  own(
    ['word', 'flag', 'whole'],
    fc.oneof(
      fc.record(
        {
          kind: fc.constant('vocabulary'),
          most: fc.integer({ min: 1, max: 4 }),
          least: fc.integer({ min: 1, max: 2 }),
          other: fc.integer({ min: 0, max: 3 }),
          as,
        },
        { requiredKeys: ['kind', 'most', 'least', 'as'] },
      ),
      fc.record({ kind: fc.constant('hash'), buckets: fc.integer({ min: 2, max: 9 }), as }),
    ),
    [FILLS],
  ),
  own(
    ['word'],
    fc.record({
      kind: fc.constant('tokens'),
      by: fc.constantFrom('vocabulary', 'hash'),
      most: fc.integer({ min: 1, max: 3 }),
      least: fc.integer({ min: 1, max: 2 }),
      buckets: fc.constantFrom(undefined, 1, 7),
      length: fc.integer({ min: 1, max: 3 }),
    }),
    [FILLS, { fill: 'constant', value: 'a b' }],
  ),
  own(
    ['time'],
    fc.record({
      kind: fc.constant('date'),
      parts: fc.subarray(['trend', 'month', 'day', 'weekday', 'hour'], { minLength: 1 }),
      as: fc.constantFrom('cycle', 'one-hot'),
    }),
    [FILLS, { fill: 'constant', value: '2020-02-29T10:00:00Z' }],
  ),
  fc.record({
    name,
    columns: fc.subarray(['whole', 'float', 'word', 'flag'], { minLength: 2, maxLength: 3 }),
    step: fc.record({
      kind: fc.constant('cross'),
      buckets: fc.integer({ min: 2, max: 20 }),
      bins: fc.integer({ min: 2, max: 4 }),
      as,
    }),
  }),
  fc.record({
    name,
    columns: fc.constantFrom(['whole'], ['float']),
    step: fc.record(
      {
        kind: fc.constant('window'),
        time: fc.constantFrom('time', 'whole', 'day'),
        group: fc.constantFrom('word', 'flag', 'whole'),
        figures: fc.subarray(['mean', 'sum', 'min', 'max', 'count', 'last', 'change', 'values'], {
          minLength: 1,
        }),
        rows: fc.integer({ min: 1, max: 5 }),
        seconds: fc.constantFrom(1, 30, 86_400),
        lateness: fc.constantFrom(0, 20, 1e9),
        current: fc.boolean(),
      },
      { requiredKeys: ['kind', 'time', 'figures', 'rows', 'lateness', 'current'] },
    ),
  }),
)
