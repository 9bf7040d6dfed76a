import type { RouteLocationRaw } from 'vue-router'
import type { Evaluation, PredictedRow } from '#contract'
import { pathOf } from '../../app/places.ts'
import { count, percent, plural } from '../../ui/format.ts'
import { figure } from '../../ui/index.ts'
import { printQuery } from '../dataset/index.ts'

/** Which rows of an evaluation are looked at, as `evaluation rows` is asked. */
export interface RowsWanted {
  actual?: string
  predicted?: string
  wrong?: boolean
  slice?: string
  from?: number
  to?: number
  against?: Evaluation['id']
  change?: 'better' | 'worse'
  order?: 'row' | 'loss'
}

/** Rows that the data page takes by their numbers, at most. */
export const MOST_ROWS = 10_000

/** The address of single rows on the data page. */
export const routeOfRows = (version: string, rows: readonly number[]): RouteLocationRaw => ({
  path: pathOf('dataset'),
  query: printQuery({ name: version, only: [...rows] }),
})

/** A class as it is, a value to three figures. */
export const answerText = (answer: PredictedRow['actual']): string =>
  typeof answer === 'number' ? figure(answer) : answer

/** One row in a list: "Row 12: no, predicted yes (91.0%)". */
export function rowText({ row, actual, predicted, probability }: PredictedRow): string {
  const sure = probability === null ? '' : ` (${percent(probability)})`
  return `Row ${count(row + 1)}: ${answerText(actual)}, predicted ${answerText(predicted)}${sure}`
}

/** What is looked at, for the head of a list. */
export function wantedText({ actual, predicted, wrong, slice, change }: RowsWanted, rows: number): string {
  if (change) return `${plural(rows, 'row')} that came out ${change}`
  if (actual !== undefined && predicted !== undefined)
    return actual === predicted
      ? `${plural(rows, 'row')} of ${actual}, found`
      : `${plural(rows, 'row')} of ${actual} called ${predicted}`
  if (slice !== undefined) return `${plural(rows, 'row')} of ${slice}`
  return wrong ? `${plural(rows, 'wrong row')}` : plural(rows, 'row')
}
