import type { Split } from '#contract'
import { SPLITS } from '../../dataset/index.ts'
import {
  MOST_COLUMNS,
  type Placed,
  placedColumns,
  plainNumberOf,
  relationOf,
  sampling,
  textOf,
} from './cells.ts'
import type { Subject } from './check.ts'

/** Cells that are looked at in memory, at most. */
const MOST_CELLS = 4_000_000
const MOST_ROWS = 50_000
const MOST_CLASSES = 100
const FEWEST_ROWS = 50
/** Numbers with more values than this are quantities, not names of classes. */
const MOST_CODES = 20
const NUMBER_BINS = 32
const TEXT_VALUES = 255
/** Rarer values are told apart by nothing that could be learned. */
const RECURRENCE = 5

/** A feature of a sample: the bin of each row. */
export interface BinnedFeature {
  name: string
  bins: Uint16Array
  count: number
}

/** Rows of a dataset that has a label: features in bins, and the label as a class or as a number. */
export interface LabeledSample {
  rows: number
  /** Rows of the dataset that have a label. */
  of: number
  numbers: Float64Array
  splits: (Split | null)[]
  features: BinnedFeature[]
  /** Features as they are, for comparing them with the label. */
  plain: Map<string, (string | number | null)[]>
  label: { name: string; classes: string[]; codes: Uint16Array } | { name: string; values: Float64Array }
}

const kept = new WeakMap<object, Map<string, Promise<LabeledSample | null>>>()

/** A sample of the rows that have a label, or null where there is no label to learn from. Read once in a session. */
export function labeledSample(subject: Subject): Promise<LabeledSample | null> {
  const { session, label } = subject
  if (label === null) return Promise.resolve(null)
  const mine = kept.get(session) ?? new Map<string, Promise<LabeledSample | null>>()
  kept.set(session, mine)
  const there = mine.get(label) ?? read(subject, label)
  mine.set(label, there)
  return there
}

async function read(subject: Subject, label: string): Promise<LabeledSample | null> {
  const { table, session, statistics } = subject
  const all = placedColumns(subject)
  const target = all.find(({ column }) => column.name === label) ?? labelOf(subject, label)
  const figures = statistics.features.find(({ name }) => name === label)
  if (!target || !figures || table.version?.images) return null
  const features = all.filter(({ column }) => column.name !== label).slice(0, MOST_COLUMNS)
  const { unique, count } = figures.all
  const { type } = target.column
  const isClass = type === 'text' || type === 'boolean' || (type === 'integer' && unique <= MOST_CODES)
  if (!features.length || unique < 2 || count < FEWEST_ROWS || (isClass && unique > MOST_CLASSES)) return null
  const most = Math.min(MOST_ROWS, Math.floor(MOST_CELLS / (features.length + 1)))
  const columns = [target, ...features]
  const relation = relationOf(
    columns.map(({ column, group }, at) => ({
      group,
      sql: at || !isClass ? (plainNumberOf(column) ?? textOf(column)) : textOf(column),
      as: `x${at}`,
    })),
  )
  const names = columns.map((_, at) => `x${at}`).join(', ')
  const values: (string | number | null)[][] = columns.map(() => [])
  const rows: number[] = []
  const splits: (Split | null)[] = []
  for await (const batch of session.stream(
    `SELECT CAST("row" AS DOUBLE), CAST(s AS DOUBLE), ${names} FROM ${relation} WHERE x0 IS NOT NULL AND ${sampling(table, most)} ORDER BY "row"`,
  )) {
    const [numbers = [], where = [], ...cells] = batch.columns
    for (let at = 0; at < batch.rows; at++) {
      rows.push(numbers[at] as number)
      const s = where[at]
      splits.push(typeof s === 'number' ? (SPLITS[s] ?? null) : null)
    }
    for (const [at, column] of cells.entries()) values[at]?.push(...(column as (string | number | null)[]))
  }
  if (rows.length < FEWEST_ROWS) return null
  const [targets = [], ...others] = values
  const classes = isClass ? [...new Set(targets as string[])].sort() : []
  if (isClass && classes.length < 2) return null
  const places = new Map(classes.map((name, at) => [name, at]))
  return {
    rows: rows.length,
    of: count,
    numbers: Float64Array.from(rows),
    splits,
    features: features.map(({ column }, at) => binned(column.name, others[at] ?? [])),
    plain: new Map(features.map(({ column }, at) => [column.name, others[at] ?? []])),
    label: isClass
      ? { name: label, classes, codes: Uint16Array.from(targets as string[], name => places.get(name) ?? 0) }
      : { name: label, values: Float64Array.from(targets as number[]) },
  }
}

/** The label may be left out of the schema's features, as of an environment that does not have it. */
function labelOf({ table }: Subject, label: string): Placed | undefined {
  for (const group of table.groups)
    for (const column of group.columns) if (column.name === label) return { column, group }
  return undefined
}

/** Bin 0 is for what is missing. Numbers of few values have a bin each, others quantile bins; texts one a frequent value. */
function binned(name: string, values: readonly (string | number | null)[]): BinnedFeature {
  const counts = new Map<string | number, number>()
  for (const value of values) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1)
  const isNumber = typeof counts.keys().next().value === 'number'
  if (isNumber && counts.size > NUMBER_BINS) return quantileBins(name, values as (number | null)[])
  const frequent = [...counts]
    .filter(([, count]) => count >= RECURRENCE)
    .sort(([, a], [, b]) => b - a)
    .slice(0, TEXT_VALUES)
  const places = new Map(frequent.map(([value], at) => [value, at + 1]))
  const rest = counts.size > frequent.length ? frequent.length + 1 : 0
  return {
    name,
    bins: Uint16Array.from(values, value => (value === null ? 0 : (places.get(value) ?? rest))),
    count: frequent.length + 1 + (rest ? 1 : 0),
  }
}

function quantileBins(name: string, values: readonly (number | null)[]): BinnedFeature {
  const sorted = Float64Array.from(values.filter(value => value !== null)).sort()
  const edges = [
    ...new Set(
      Array.from(
        { length: NUMBER_BINS - 1 },
        (_, at) => sorted[Math.floor(((at + 1) * sorted.length) / NUMBER_BINS)] as number,
      ),
    ),
  ]
  const binOf = (value: number): number => {
    let [low, high] = [0, edges.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (value >= (edges[middle] as number)) low = middle + 1
      else high = middle
    }
    return low + 1
  }
  return {
    name,
    bins: Uint16Array.from(values, value => (value === null ? 0 : binOf(value))),
    count: edges.length + 2,
  }
}
