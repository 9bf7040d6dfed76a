import { setImmediate } from 'node:timers/promises'
import type { Metrics, SliceFigures, Task } from '#contract'
import type { Answers } from '../answers.ts'
import { fisher, holm, welch } from '../metrics/difference.ts'
import { CONFIDENCE, rootInterval, type Sample, sampleOf, wilson } from '../metrics/intervals.ts'
import type { Slice } from './slice.ts'

/** The metric that intervals and verdicts of slices are of. */
export const mainMetric = (task: Task) => (task === 'regression' ? 'rmse' : 'accuracy')

/** The figures of slices, and which of them differ from the rows that are not theirs by more than chance. */
export async function figuresOf(
  slices: readonly Slice[],
  answers: Answers,
  signal: AbortSignal,
): Promise<SliceFigures[]> {
  const all = sampleOf(answers.scores)
  const measured = []
  for (const slice of slices) {
    // Others are answered in between, and one of them may be that this is not wanted any more.
    await setImmediate()
    signal.throwIfAborted()
    const some = answers.only(slice.rows)
    const mine = sampleOf(some.scores)
    const compared =
      answers.task === 'regression' ? errors(mine, without(all, mine)) : shares(mine, without(all, mine))
    measured.push({ slice, metrics: some.metrics(), ...compared })
  }
  const chances = holm(measured.map(({ chance }) => chance))
  return measured.map(({ slice, metrics, interval, isWorse }, nth) => {
    const chance = chances[nth] as number
    return {
      name: slice.name,
      column: slice.column,
      where: slice.where,
      ...(slice.expression !== undefined && { expression: slice.expression }),
      rows: slice.rows.length,
      value: metrics[mainMetric(answers.task)] as number,
      metrics: finite(metrics),
      interval,
      chance,
      verdict: chance >= 1 - CONFIDENCE ? 'same' : isWorse ? 'worse' : 'better',
    }
  })
}

/** A sample less some of its rows (Chan, Golub and LeVeque 1979, turned around). */
export function without(all: Sample, some: Sample): Sample {
  const rows = all.rows - some.rows
  if (rows === 0) return { rows, mean: 0, squares: 0 }
  const mean = (all.mean * all.rows - some.mean * some.rows) / rows
  const between = ((some.mean - mean) ** 2 * some.rows * rows) / all.rows
  return { rows, mean, squares: Math.max(0, all.squares - some.squares - between) }
}

function shares(mine: Sample, others: Sample) {
  const hits = ({ mean, rows }: Sample) => Math.round(mean * rows)
  return {
    interval: wilson(hits(mine), mine.rows),
    chance: others.rows ? fisher(hits(mine), mine.rows, hits(others), others.rows) : 1,
    isWorse: mine.mean < others.mean,
  }
}

const errors = (mine: Sample, others: Sample) => ({
  interval: rootInterval(mine),
  chance: others.rows < 2 ? 1 : welch(mine, others),
  isWorse: mine.mean > others.mean,
})

const finite = (metrics: Metrics): Metrics =>
  Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value)))
