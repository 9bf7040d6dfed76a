import type { Slice } from './slice.ts'

/** A number is cut into so many ranges of about equal rows. */
const RANGES = 5

/**
 * Ranges of a number with about equal rows, rising, and the rows without a value. Equal values stay together, so that
 * there may be fewer ranges.
 * @param values by row; NaN: missing
 */
export function rangesOf(column: string, values: Float64Array): Slice[] {
  const sorted = values.filter(value => !Number.isNaN(value)).sort()
  const edges = new Set<number>()
  for (let i = 0; i < RANGES; i++) edges.add(sorted[Math.floor((i * sorted.length) / RANGES)] as number)
  const starts = sorted.length ? [...edges] : []
  const last = sorted.at(-1) as number
  const ranges = starts.map((low, nth): Slice => {
    const high = starts[nth + 1] ?? last
    const closed = nth === starts.length - 1
    return {
      name: closed ? `${words(low)} to ${words(high)}` : `${words(low)} to below ${words(high)}`,
      column,
      where: [{ column, is: 'range', values: [low, high], ...(closed && { closed }) }],
      rows: rowsOf(values, value => value >= low && (closed ? value <= high : value < high)),
    }
  })
  const missing = rowsOf(values, Number.isNaN)
  if (missing.length)
    ranges.push({ name: 'missing', column, where: [{ column, is: 'missing', values: [] }], rows: missing })
  return ranges
}

function rowsOf(values: Float64Array, fits: (value: number) => boolean): Uint32Array {
  const rows: number[] = []
  for (const [row, value] of values.entries()) if (fits(value)) rows.push(row)
  return Uint32Array.from(rows)
}

const words = (value: number): string => String(Number(value.toPrecision(6))).replace('-', '−')
