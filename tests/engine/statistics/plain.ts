import type { Cell, ColumnType, FeatureStatistics } from '#contract'

/** A cell as the number that figures are of. */
export function numberOf(cell: Cell, type: ColumnType): number {
  if (type === 'date' || type === 'timestamp') return Date.parse(String(cell)) / 1000
  return Number(cell)
}

/** Figures of a column computed the plain way, by their definitions; the histogram apart. */
export function plainFigures(cells: Cell[], type: ColumnType) {
  const there = cells.filter(cell => cell !== null)
  const counts = new Map<string, number>()
  for (const cell of there) counts.set(String(cell), (counts.get(String(cell)) ?? 0) + 1)
  const top = [...counts]
    .sort(([a, m], [b, n]) => n - m || Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .slice(0, 20)
    .map(([value, count]) => ({ value, count }))
  const numbers = type === 'text' ? [] : there.map(cell => numberOf(cell, type)).sort((a, b) => a - b)
  const mean = numbers.reduce((sum, number) => sum + number / numbers.length, 0)
  const at = (index: number) => numbers[index] ?? 0
  return {
    count: there.length,
    missing: cells.length - there.length,
    unique: counts.size,
    top,
    averageLength:
      type === 'text' && there.length
        ? there.reduce<number>((sum, cell) => sum + [...String(cell)].length, 0) / there.length
        : null,
    numeric: numbers.length
      ? {
          mean,
          deviation: Math.sqrt(
            numbers.reduce((sum, number) => sum + (number - mean) ** 2 / numbers.length, 0),
          ),
          min: at(0),
          max: at(numbers.length - 1),
          // Two of the least numbers around zero may halve to -0, which no kept figure tells from 0.
          median: (at((numbers.length - 1) >> 1) + at(numbers.length >> 1)) / 2 + 0,
          zeros: numbers.filter(number => number === 0).length,
        }
      : null,
  }
}

/** Counts of values between edges, by the definition in the contract. */
export function plainHistogram(numbers: number[], edges: number[]): number[] {
  const counts = new Array<number>(edges.length - 1).fill(0)
  for (const number of numbers) {
    let bin = edges.findLastIndex(edge => number >= edge)
    if (bin === edges.length - 1 && number === edges[bin]) bin--
    counts[bin] = (counts[bin] ?? 0) + 1
  }
  return counts
}

/** Whether two numbers agree to nine digits. */
export const agree = (a: number, b: number): boolean =>
  Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b), 1e-300)

export type Figures = FeatureStatistics

/** The values at 0, 10, … 100 % of the values in order: of n values the one with the nearest place in n - 1. */
export function plainQuantiles(numbers: number[]): number[] {
  const sorted = [...numbers].sort((a, b) => a - b)
  return Array.from(
    { length: 11 },
    (_, tenth) => sorted[Math.round(((sorted.length - 1) * tenth) / 10)] as number,
  )
}
