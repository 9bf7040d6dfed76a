import type { RouteLocationRaw } from 'vue-router'
import type { Evaluation, Filter, SliceFigures, Slicing } from '#contract'
import { pathOf } from '../../../app/places.ts'
import { printQuery } from '../../dataset/index.ts'
import { metricText, metricWord } from '../metricWords.ts'

/** The slices of an evaluation and how they were measured. */
export interface Slices extends Slicing {
  slices: SliceFigures[]
  leftOut: NonNullable<Evaluation['leftOut']>
}

/** Null where an evaluation has none, as those of earlier days. */
export const slicesOf = ({ sliced, slices = [], leftOut = [] }: Evaluation): Slices | null =>
  sliced ? { ...sliced, slices, leftOut } : null

/** What a slice is called among others: the name it was saved by, or its column and value. */
export const sliceTitle = ({ name, column }: SliceFigures): string => (column ? `${column}: ${name}` : name)

/** Why a slice cannot be saved, or null: a saved one is a filter. */
export const savingClosed = ({ expression, where }: SliceFigures): string | null =>
  expression !== undefined || !where.length ? 'No filter can say these rows.' : null

/** Ends of an axis that holds all slices, their intervals and the figure of all rows, with a little room. */
export function sliceDomain(sliced: Slices, overall: number): [low: number, high: number] {
  const ends = sliced.slices.flatMap(({ value, interval }) =>
    interval ? [value, interval.low, interval.high] : [value],
  )
  const low = Math.min(overall, ...ends)
  const high = Math.max(overall, ...ends)
  const room = (high - low) * 0.04 || Math.abs(overall) * 0.1 || 1
  return [low - room, high + room]
}

/** "78.1 to 84.0%", "1.020 to 1.310"; a dash where too few rows say nothing. */
export function intervalText(metric: string, interval: SliceFigures['interval']): string {
  if (!interval) return '–'
  const [low, high] = [metricText(metric, interval.low), metricText(metric, interval.high)]
  return `${metricWord(metric).share ? low.replace('%', '') : low} to ${high}`
}

/** What a verdict is called in a cell. */
export const VERDICTS: Record<SliceFigures['verdict'], string> = {
  worse: 'Worse',
  better: 'Better',
  same: 'Within chance',
}

/** A chance in a cell: "1.2%", "<0.1%". */
export const shareText = (chance: number): string =>
  chance < 0.001 ? '<0.1%' : `${(chance * 100).toFixed(chance < 0.1 ? 1 : 0)}%`

/** How likely a difference like this one is by chance: "by chance in 1.2% of cases". */
export function chanceText({ chance, verdict }: SliceFigures): string {
  const share = chance < 0.001 ? 'less than 0.1%' : `${(chance * 100).toFixed(chance < 0.1 ? 1 : 0)}%`
  return verdict === 'same'
    ? `A difference from the other rows like this comes by chance in ${share} of cases.`
    : `Such a difference from the other rows comes by chance in ${share} of cases.`
}

/** By which rules intervals and verdicts were made. */
export function methodText({ method, confidence, slices }: Slices): string {
  const share = `${Math.round(confidence * 100)}%`
  const [interval, test] =
    method === 'wilson'
      ? ["Wilson's score", "Fisher's exact test"]
      : ["Student's t on log squared errors", "Welch's t-test"]
  const many = slices.length > 1 ? `, held down for ${slices.length} slices (Holm)` : ''
  return `Intervals of ${share} by ${interval}. Worse and better: unlike the other rows by more than chance, by ${test}${many}.`
}

/** What was left out and why, in one line; null where all is there. */
export const leftOutText = ({ leftOut }: Slices): string | null =>
  leftOut.length
    ? leftOut
        .map(({ column, name, why }) => `${[column, name].filter(word => word !== null).join(': ')} – ${why}`)
        .join(' · ')
    : null

/** "2 saved, 5 by kind". */
export function sliceCount({ slices, by }: Slices): string {
  const of = (column: string | null) => slices.filter(slice => slice.column === column).length
  return [
    ...(of(null) ? [`${of(null)} saved`] : []),
    ...by.filter(of).map(column => `${of(column)} by ${column}`),
  ].join(', ')
}

/**
 * The address of a slice's rows on the data page.
 * @param name of the version that was measured
 * @param within what the run may see of it
 */
export const routeOfSlice = (
  { where }: SliceFigures,
  { split }: Evaluation,
  name: string,
  within: Filter = [],
): RouteLocationRaw => ({
  path: pathOf('dataset'),
  query: printQuery({ name, where: [...within, ...where], split }),
})
