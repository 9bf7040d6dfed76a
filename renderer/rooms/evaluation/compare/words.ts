import type { Comparison, Difference, Entrant } from '#contract'
import { runTitle } from '../../training/index.ts'
import { metricChange, metricWord } from '../metricWords.ts'
import { variantName } from '../variantNames.ts'

/** "Run 3", "Run 3, TFLite int8", or the name of a file's predictions. */
export function entrantName(entrant: Pick<Entrant, 'run' | 'model' | 'variant'> | undefined): string {
  if (!entrant) return ''
  const name = entrant.run ? runTitle(entrant.run) : entrant.model
  return entrant.variant === 'layers' ? name : `${name}, ${variantName(entrant.variant)}`
}

/** How the main figure came out, for the mark of the banner. */
export function comparedKind({ differences, metric }: Comparison, at: number): 'good' | 'bad' | 'info' {
  const main = differences.find(one => one.entrant === at && one.metric === metric)
  return main?.verdict === 'better' ? 'good' : main?.verdict === 'worse' ? 'bad' : 'info'
}

/** A change in the figure's own unit; shares in points. */
export const differenceText = ({ metric, from, to }: Difference): string => metricChange(metric, from, to)

/** "−1.2 to +0.4", in points for shares; null where too few rows say nothing. */
export function changeRange({ metric, from, to, interval }: Difference): string | null {
  if (!interval) return null
  // an end is written with the decimals of the figures themselves
  const size = Math.max(Math.abs(from), Math.abs(to))
  const end = (change: number) => metricChange(metric, size, size + change)
  return `${end(interval.low)} to ${end(interval.high)}`
}

/** The unit of a change in a header or a cell. */
export const changeUnit = (metric: string): string => (metricWord(metric).share ? 'points' : '')

export const METHODS: Record<Difference['method'], string> = {
  mcnemar: "McNemar's exact test",
  delong: "DeLong's test",
  'paired-t': 'paired t-test',
  bootstrap: 'paired bootstrap',
}

export const VERDICTS: Record<Difference['verdict'], { word: string; kind: 'good' | 'bad' | null }> = {
  better: { word: 'Better', kind: 'good' },
  worse: { word: 'Worse', kind: 'bad' },
  same: { word: 'Within chance', kind: null },
}
