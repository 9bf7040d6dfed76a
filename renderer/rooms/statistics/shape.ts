import type { ColumnType, Condition } from '#contract'
import { plural } from '../../ui/index.ts'
import { isMoment, isNumeric, type Measured, valueWords } from './measured.ts'
import { conditionOfBin, conditionOfOther, conditionOfValue } from './rows.ts'
import { decilesOf, fewerBins, fewerEdges, intoParts, type Part, partsOf, sumOf } from './spread.ts'

/** How distributions are drawn; kept in the address. */
export interface ShapeView {
  bins: 'width' | 'quantiles'
  as: 'share' | 'count'
  log: boolean
}

/** The distribution of a feature over several sets of rows, in common places: bins of numbers, or values. */
export interface Shape {
  /** What each place is, in words. */
  names: string[]
  /** The conditions that find its rows. */
  where: Condition[][]
  /** Bounds of bins; null for values and for bins that are drawn equally wide. */
  edges: number[] | null
  /** Rows in each place, a list a side; null: this side does not list the value. */
  counts: (number | null)[][]
}

const EMPTY: Shape = { names: [], where: [], edges: null, counts: [] }

/**
 * The common shape of a feature's sides. The first side that has values decides the places.
 * @param most places to draw at most
 */
export function shapeOf(
  feature: { name: string; type: ColumnType },
  sides: readonly (Measured | null)[],
  bins: ShapeView['bins'],
  most: number,
): Shape {
  return isNumeric(feature.type) && sides.some(side => side?.edges)
    ? numericShape(feature, sides, bins, most)
    : valueShape(feature, sides, most)
}

function numericShape(
  { name, type }: { name: string; type: ColumnType },
  sides: readonly (Measured | null)[],
  bins: ShapeView['bins'],
  most: number,
): Shape {
  const lead = sides.find(side => side?.edges)
  if (!lead?.edges) return EMPTY
  const isWhole = type === 'integer'
  const byParts = bins === 'quantiles'
  const own = lead.edges
  const edges = fewerEdges(own, most)
  const parts: Part[] = byParts
    ? partsOf(decilesOf(lead, isWhole), isWhole)
    : edges.slice(0, -1).map((from, at) => ({ from, to: edges[at + 1] ?? from }))
  if (parts.length === 0) return EMPTY
  const last = parts.length - 1
  return {
    names: parts.map((part, at) => binWords(type, part, at === last && byParts)),
    where: parts.map(({ from, to, after }, at) => [
      conditionOfBin({ name, type }, from, to, at === last),
      ...(after ? [conditionOfOther({ name, type }, from)] : []),
    ]),
    edges: byParts ? null : edges,
    counts: sides.map(side => {
      if (!side?.counts || !side.edges) return new Array<number | null>(last + 1).fill(side ? 0 : null)
      if (byParts || !same(side.edges, own)) return intoParts(side, parts, isWhole)
      return fewerBins(side.counts, most, sumOf)
    }),
  }
}

const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((n, at) => n === b[at])

function binWords(type: ColumnType, { from, to, after }: Part, isClosed: boolean): string {
  if (from === to) return valueWords(type, from)
  if (type === 'integer' && !isClosed && !after && Number.isInteger(from) && to - from === 1)
    return valueWords(type, from)
  const [a, b] = [valueWords(type, from), valueWords(type, to)]
  return isMoment(type) && a === b ? a : `${after ? 'above ' : ''}${a} to ${b}`
}

function valueShape(
  feature: { name: string; type: ColumnType },
  sides: readonly (Measured | null)[],
  most: number,
): Shape {
  const values = sharedValues(sides, most)
  return {
    names: values,
    where: values.map(value => [conditionOfValue(feature, value)]),
    edges: null,
    counts: sides.map(side => {
      if (!side) return values.map(() => null)
      const known = new Map(side.top.map(({ value, count }) => [value, count]))
      // a value beyond the end of a cut list is not said to be absent
      const absent = side.isWhole ? 0 : null
      return values.map(value => known.get(value) ?? absent)
    }),
  }
}

/** The most frequent values of the first side, and after them those that only others have: there is the news. */
function sharedValues(sides: readonly (Measured | null)[], most: number): string[] {
  const lead = sides.find(side => side && side.top.length > 0)
  if (!lead) return []
  const fresh = [...new Set(sides.flatMap(side => (side && side !== lead ? onlyIn(side, lead) : [])))].slice(
    0,
    Math.floor(most / 4),
  )
  return [...lead.top.slice(0, most - fresh.length).map(({ value }) => value), ...fresh]
}

/** Values of one set of rows that another has not; none where the other's list is not complete. */
export function onlyIn(of: Measured, other: Measured): string[] {
  if (!other.isWhole) return []
  const known = new Set(other.top.map(({ value }) => value))
  return of.top.map(({ value }) => value).filter(value => !known.has(value))
}

/** Heights in the unit that is shown: rows, or shares of the rows of each side. */
export const heightsOf = (
  counts: readonly (number | null)[],
  side: Measured | null,
  as: ShapeView['as'],
): (number | null)[] =>
  as === 'count'
    ? [...counts]
    : counts.map(n => (n === null ? null : side && side.rows > 0 ? n / side.rows : 0))

/** The words of a place for its tip: what it is, and how many rows a press shows. */
export const placeWords = (shape: Shape, at: number, weighted: boolean): string => {
  const n = shape.counts[0]?.[at]
  return typeof n === 'number' && !weighted
    ? `${shape.names[at]}: show ${plural(n, 'row')}`
    : `${shape.names[at]}: show rows`
}
