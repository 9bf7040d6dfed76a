import type { Cell, PartialDependence } from '#contract'
import { decodePrediction, type LabelSpec, outputWidth, probabilitiesOf } from '../../encoding/index.ts'
import type { Cells } from './cells.ts'

/** Single rows that are told beside the mean. */
export const ICE_ROWS = 30
const MOST_WORDS = 20

/** Points of a column: quantiles of a number, the most frequent of other values. Missing is no point. */
export function gridOf(cells: readonly Cell[], points: number): Cell[] {
  const there = cells.filter(cell => cell !== null)
  const counts = new Map<Cell, number>()
  for (const cell of there) counts.set(cell, (counts.get(cell) ?? 0) + 1)
  const isNumber = there.length > 0 && there.every(cell => typeof cell === 'number' && Number.isFinite(cell))
  if (isNumber) {
    const rising = Float64Array.from(there as number[]).sort()
    if (counts.size <= points) return [...new Set(rising)]
    const at = (nth: number) => rising[Math.round((nth * (rising.length - 1)) / (points - 1))] as number
    return [...new Set(Array.from({ length: points }, (_, nth) => at(nth)))]
  }
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, Math.min(points, MOST_WORDS))
    .map(([cell]) => cell)
}

/**
 * How the answers move over a grid.
 * @param outputs of the net for all rows, by point of the grid
 */
export function dependenceOf(
  name: string,
  { columns, labels, numbers }: Cells,
  column: number,
  grid: Cell[],
  outputs: Float32Array[],
  label: LabelSpec,
): PartialDependence {
  const rows = labels.length
  const single = Array.from({ length: Math.min(ICE_ROWS, rows) }, (_, nth) =>
    Math.floor((nth * rows) / Math.min(ICE_ROWS, rows)),
  )
  const series =
    label.task === 'regression' ? [null] : label.task === 'binary' ? label.classes.slice(1) : label.classes
  const answerOf = (all: Float32Array, row: number, nth: number): number => {
    if (label.task === 'regression') {
      const said = decodePrediction(label, all.subarray(row * outputWidth(label)), 0)
      return 'value' in said ? said.value : Number.NaN
    }
    return probabilitiesOf(label, all, row)[label.task === 'binary' ? 1 : nth] as number
  }
  return {
    column: name,
    grid,
    series: series.map((of, nth) => ({
      label: of,
      mean: outputs.map(all => {
        let sum = 0
        for (let row = 0; row < rows; row++) sum += answerOf(all, row, nth)
        return sum / rows
      }),
      // Single rows of very many classes would be a document of their own.
      ice: series.length > 10 ? [] : single.map(row => outputs.map(all => answerOf(all, row, nth))),
    })),
    rows: single.map(row => numbers[row] as number),
    shares: sharesOf(columns[column] as Cell[], grid),
  }
}

function sharesOf(cells: readonly Cell[], grid: readonly Cell[]): number[] {
  const counts = new Array<number>(grid.length).fill(0)
  const isNumber = grid.every(point => typeof point === 'number')
  for (const cell of cells) {
    const nth = isNumber && typeof cell === 'number' ? nearest(grid as number[], cell) : grid.indexOf(cell)
    if (nth >= 0) counts[nth] = (counts[nth] as number) + 1
  }
  return counts.map(count => count / cells.length)
}

function nearest(rising: readonly number[], value: number): number {
  let best = 0
  for (let nth = 1; nth < rising.length; nth++)
    if (Math.abs((rising[nth] as number) - value) < Math.abs((rising[best] as number) - value)) best = nth
  return best
}
