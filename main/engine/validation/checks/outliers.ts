import type { ColumnType, Filter } from '#contract'
import { MOST_COLUMNS, type Placed, placedColumns, plainNumberOf } from './cells.ts'
import { type Check, type Finding, figure, plural } from './check.ts'

/** Values at each end that are looked at. */
const LOOKED = 300
const FEWEST = 100
/** A column with fewer different values has no tail. */
const FEWEST_VALUES = 10
/** Outliers are few: so many rows, or this share of them. */
const [MOST_OUT, SHARE, ALWAYS] = [100, 0.001, 3]
/** They lie further from the middle than all others by this much at least. */
const FURTHER = 1.5
/** Chance of one false finding in a table. */
const CHANCE = 1e-4
/** Gaps that say how a tail thins out, in each of its halves. */
const FEWEST_GAPS = 8
const AT_ONCE = 32

/** A few numbers so far out that the tail of the others does not explain them. */
export const outliers: Check = {
  kind: 'outliers',
  ours: true,
  async run(subject) {
    const { table, session, statistics, label, signal } = subject
    if (table.version?.images) return []
    const figures = new Map(statistics.features.map(({ name, all }) => [name, all]))
    const columns = placedColumns(subject)
      .filter(({ column }) => {
        const all = figures.get(column.name)
        const isNumber = column.type !== 'text' && column.type !== 'boolean'
        return (
          isNumber &&
          column.name !== label &&
          all?.numeric &&
          all.count >= FEWEST &&
          all.unique >= FEWEST_VALUES
        )
      })
      .slice(0, MOST_COLUMNS)
    const found: Finding[] = []
    for (const some of batches(columns)) {
      signal.throwIfAborted()
      const wanted = some.map(({ column }, at) => {
        const x = plainNumberOf(column)
        return `max(${x}, ${LOOKED}) AS high${at}, min(${x}, ${LOOKED}) AS low${at}`
      })
      const [ends = {}] = await session.rows<Record<string, number[] | null>>(
        `SELECT ${wanted.join(', ')} FROM ${some[0]?.group.from}`,
      )
      for (const [at, { column }] of some.entries()) {
        const all = figures.get(column.name)
        if (!all?.numeric) continue
        const { median } = all.numeric
        const chance = CHANCE / (2 * columns.length)
        for (const side of ['high', 'low'] as const) {
          const values = ends[`${side}${at}`] ?? []
          const out = outlying(values, median, all.count, chance)
          if (out) found.push(told(column, side, values, out, all.count))
        }
      }
    }
    return found
  },
}

/** Columns of one relation, a few at once. */
function* batches(columns: Placed[]): Generator<Placed[]> {
  for (const group of new Set(columns.map(one => one.group))) {
    const mine = columns.filter(one => one.group === group)
    for (let at = 0; at < mine.length; at += AT_ONCE) yield mine.slice(at, at + AT_ONCE)
  }
}

/**
 * How many of the outermost values lie apart. In an exponential tail the gaps between neighbors in order, times their
 * rank, are exponential with one mean (Rényi's representation); in one that thins out as a power of the distance, the
 * gaps between the logarithms of the distances are (Hill 1975). A gap that the tail at hand would hardly have sets what
 * lies beyond it apart. Lighter tails than these have smaller gaps yet.
 * @param values the outermost first
 */
export function outlying(values: readonly number[], median: number, count: number, chance: number): number {
  const most = Math.min(MOST_OUT, Math.max(ALWAYS, Math.floor(SHARE * count)))
  const many = Math.min(values.length, Math.floor(count / 4))
  const distances = values.slice(0, many).map(value => Math.abs(value - median))
  const end = distances.indexOf(0)
  const known = end < 0 ? many : end
  if (known < most + 2 * FEWEST_GAPS) return 0
  const gaps = (scaled: (distance: number) => number) => (at: number) =>
    (at + 1) * (scaled(distances[at] as number) - scaled(distances[at + 1] as number))
  const middle = Math.floor((most + known) / 2)
  const plain = gaps(distance => distance)
  const [outer, inner] = [meanOf(plain, most, middle), meanOf(plain, middle, known - 1)]
  // In a heavy tail the gaps grow outward.
  const isHeavy = outer > inner * (1 + 3 / Math.sqrt(middle - most))
  const gap = isHeavy ? gaps(Math.log) : plain
  const ranks = known - 1 - most
  const step = isHeavy ? 1 / ranks : (distances[most] as number) / ranks
  // The mean of so few is not known well; it is taken to be larger by three of its deviations.
  const mean = Math.max(meanOf(gap, most, known - 1), step) * (1 + 3 / Math.sqrt(ranks))
  const needed = mean * Math.log(most / chance)
  for (let at = most - 1; at >= 0; at--)
    if ((distances[at] as number) >= FURTHER * (distances[at + 1] as number) && gap(at) > needed)
      return at + 1
  return 0
}

function meanOf(gap: (at: number) => number, from: number, to: number): number {
  let sum = 0
  for (let at = from; at < to; at++) sum += gap(at)
  return sum / Math.max(1, to - from)
}

function told(
  { name, type }: Placed['column'],
  side: 'high' | 'low',
  values: readonly number[],
  out: number,
  count: number,
): Finding {
  const words = (value: number) => String(cellOf(type, value))
  const shown = (value: number) => (type === 'date' || type === 'timestamp' ? words(value) : figure(value))
  const [last, next] = [values[out - 1] as number, values[out] as number]
  const where: Filter =
    side === 'high'
      ? [{ column: name, is: 'range', values: [cellOf(type, last), null] }]
      : [{ column: name, is: 'range', values: [null, cellOf(type, next)] }]
  return {
    feature: name,
    kind: 'outliers',
    severity: 'warning',
    split: null,
    title: 'Values far out',
    detail: `${plural(out, 'value', 'values')} of ${figure(count)} ${out === 1 ? 'lies' : 'lie'} ${side === 'high' ? 'at or above' : 'at or below'} ${shown(last)}; the next ${side === 'high' ? 'below' : 'above'} is ${shown(next)}, and the tail of the others would not reach so far.`,
    rows: out,
    examples: [...new Set(values.slice(0, out).map(words))].slice(0, 10),
    where,
  }
}

/** A number as a cell: dates and timestamps come as seconds since 1970. */
function cellOf(type: ColumnType, value: number): number | string {
  if (type !== 'date' && type !== 'timestamp') return value
  const moment = new Date(value * 1000)
  if (Number.isNaN(moment.getTime())) return value
  const text = moment.toISOString()
  return type === 'date' ? text.slice(0, 10) : text.replace('.000Z', 'Z')
}
