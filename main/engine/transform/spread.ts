import type { Cell, ColumnType, Spread } from '#contract'

/** Bins of a histogram, and values in a list. */
const BINS = 40
const TOP = 20

/** How the values of one column lie. @param values NaN where there is none */
export function spreadOfNumbers(name: string, values: Float64Array | Float32Array): Spread {
  const there = values.filter(value => Number.isFinite(value)) as Float64Array | Float32Array
  const missing = values.length - there.length
  const counts = new Map<number, number>()
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  let mean = 0
  let squares = 0
  there.forEach((value, i) => {
    if (value < min) min = value
    if (value > max) max = value
    const before = value - mean
    mean += before / (i + 1)
    squares += before * (value - mean)
    counts.set(value, (counts.get(value) ?? 0) + 1)
  })
  const empty = there.length === 0
  return {
    name,
    histogram: empty ? null : histogramOf(there, min, max),
    top: topOf([...counts].map(([value, count]) => [String(Number(value.toPrecision(7))), count])),
    unique: counts.size,
    missing,
    mean: empty ? null : mean,
    deviation: empty ? null : Math.sqrt(squares / there.length),
    min: empty ? null : min,
    max: empty ? null : max,
  }
}

const topOf = (counts: [string, number][]): Spread['top'] =>
  counts
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : a > b ? 1 : 0))
    .slice(0, TOP)
    .map(([value, count]) => ({ value, count }))

function histogramOf(
  values: Float64Array | Float32Array,
  min: number,
  max: number,
): NonNullable<Spread['histogram']> {
  // One value alone stands in the middle of a bin of its own.
  const [low, high] = min === max ? [min - 0.5, min + 0.5] : [min, max]
  const bins = min === max ? 1 : BINS
  const edges = Array.from({ length: bins + 1 }, (_, i) => low * (1 - i / bins) + high * (i / bins))
  const counts = new Array<number>(bins).fill(0)
  const width = high / bins - low / bins
  for (const value of values) {
    const bin = Math.min(bins - 1, Math.max(0, Math.floor(value / width - low / width)))
    counts[bin] = (counts[bin] as number) + 1
  }
  return { edges, counts }
}

/** How the cells of a column lie; moments as seconds since 1970, booleans and texts as their values. */
export function spreadOfCells(name: string, type: ColumnType, cells: readonly Cell[]): Spread {
  if (type === 'text' || type === 'boolean') {
    const counts = new Map<string, number>()
    let missing = 0
    for (const cell of cells)
      if (cell === null) missing++
      else counts.set(String(cell), (counts.get(String(cell)) ?? 0) + 1)
    return {
      name,
      histogram: null,
      top: topOf([...counts]),
      unique: counts.size,
      missing,
      mean: null,
      deviation: null,
      min: null,
      max: null,
    }
  }
  const isMoment = type === 'date' || type === 'timestamp'
  const read = (cell: Cell) =>
    cell === null ? Number.NaN : isMoment ? Date.parse(String(cell)) / 1000 : Number(cell)
  return spreadOfNumbers(name, Float64Array.from(cells, read))
}
