import { setImmediate } from 'node:timers/promises'
import type { Evaluation, Metrics, SliceFigures } from '#contract'
import type { LabelSpec } from '../../encoding/index.ts'
import type { Answers } from '../answers.ts'
import { fisher, holm, welch } from '../metrics/difference.ts'
import { CONFIDENCE, rootInterval, type Sample, sampleOf, wilson } from '../metrics/intervals.ts'
import { assertColumns, columnSlices } from './columns.ts'
import { savedSlices } from './saved.ts'
import type { LeftOut, Measured, Slice, SliceSource } from './slice.ts'

export type { SliceSource } from './slice.ts'

/** What an evaluation is asked for beside its overall figures. */
export interface SlicesWanted {
  /** Names of saved slices; default: all. */
  slices?: string[] | undefined
  by?: string[] | undefined
  minRows?: number | undefined
}

/** Slices whose names and columns are known to be there, so that nothing is predicted in vain. */
export interface Wanted {
  measure(
    measured: Omit<Measured, 'version'>,
    answers: Answers,
    task: LabelSpec['task'],
    signal: AbortSignal,
  ): Promise<Pick<Evaluation, 'sliced' | 'slices' | 'leftOut'>>
}

/** @throws Failure not-found for a slice, bad-input for a column that is not there */
export function wantedSlices(
  dataset: SliceSource,
  ref: string,
  { slices, by = [], minRows = 10 }: SlicesWanted,
): Wanted {
  const version = dataset.resolve(ref)
  assertColumns({ version }, by)
  const saved = slices
    ? [...new Set(slices)].map(name => ({ name, where: dataset.filterOf(version.id, name) }))
    : dataset.slicesOf(version.id)
  return {
    async measure(split, answers, task, signal) {
      if (!saved.length && !by.length) return {}
      const measured = { ...split, version }
      const named = await savedSlices(dataset, saved, measured, signal)
      const valued = await columnSlices(dataset, by, measured, minRows, signal)
      const leftOut: LeftOut[] = [...named.leftOut, ...valued.leftOut]
      return {
        sliced: {
          metric: metricOf(task),
          confidence: CONFIDENCE,
          method: task === 'regression' ? 'log-t' : 'wilson',
          by: [...new Set(by)],
          minRows,
        },
        slices: await figuresOf([...named.slices, ...valued.slices], answers, task, signal),
        leftOut,
      }
    },
  }
}

const metricOf = (task: LabelSpec['task']) => (task === 'regression' ? 'rmse' : 'accuracy')

/** The figures of slices, and which of them differ from the rows that are not theirs by more than chance. */
async function figuresOf(
  slices: readonly Slice[],
  answers: Answers,
  task: LabelSpec['task'],
  signal: AbortSignal,
): Promise<SliceFigures[]> {
  const measured = []
  for (const slice of slices) {
    // Others are answered in between, and one of them may be that this is not wanted any more.
    await setImmediate()
    signal.throwIfAborted()
    const inside = new Uint8Array(answers.rows)
    for (const row of slice.rows) inside[row] = 1
    const mine = sampleOf(answers.scores, row => inside[row] === 1)
    const others = sampleOf(answers.scores, row => inside[row] === 0)
    const compared = task === 'regression' ? errors(mine, others) : shares(mine, others)
    measured.push({ slice, metrics: answers.figures(slice.rows).metrics, ...compared })
  }
  const chances = holm(measured.map(({ chance }) => chance))
  return measured.map(({ slice, metrics, interval, isWorse }, nth) => {
    const chance = chances[nth] as number
    return {
      name: slice.name,
      column: slice.column,
      where: slice.where,
      rows: slice.rows.length,
      value: metrics[metricOf(task)] as number,
      metrics: finite(metrics),
      interval,
      chance,
      verdict: chance >= 1 - CONFIDENCE ? 'same' : isWorse ? 'worse' : 'better',
    }
  })
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
  chance: welch(mine, others),
  isWorse: mine.mean > others.mean,
})

const finite = (metrics: Metrics): Metrics =>
  Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value)))
