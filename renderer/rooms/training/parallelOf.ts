import type { RunComparison, RunRow } from '#contract'
import { type ParallelAxis, type ParallelValue, parallelAxis } from '../../charts/index.ts'
import { asFigure } from './asFigure.ts'
import { columnTitle, keyTitle } from './runTable.ts'
import { runTitle } from './runWords.ts'

/** Axes that still can be read beside each other. */
const MOST_AXES = 9
/** Settings that only say where or under what name a run was made. */
const NOT_SETTINGS = new Set(['name', 'version', 'code', 'imageDigest', 'where', 'backend', 'priority'])

/** Settings that runs differ in and that can stand on an axis. */
export const axesOf = ({ parameters }: Pick<RunComparison, 'parameters'>): string[] =>
  parameters
    .map(({ name }) => name)
    .filter(name => !NOT_SETTINGS.has(name))
    .slice(0, MOST_AXES)

/** The figure that is looked at where nobody chose. */
export const figureOfRuns = ({ metrics }: Pick<RunComparison, 'metrics'>): string | null =>
  ['eval_loss', 'val_loss', 'eval_accuracy'].find(name => metrics.some(({ key }) => key === name)) ??
  metrics.find(({ key }) => /loss/i.test(key))?.key ??
  metrics[0]?.key ??
  null

/** Runs as lines over axes: a column of the table for each axis, the figure last. */
export function parallelOf(
  rows: readonly Pick<RunRow, 'id' | 'values'>[],
  columns: readonly string[],
): { axes: ParallelAxis[]; lines: { name: string; values: ParallelValue[] }[] } {
  const values = rows.map(row => row.values.map(asFigure))
  return {
    axes: columns.map((column, at) =>
      parallelAxis(
        column.startsWith('param:')
          ? columnTitle(column).label
          : keyTitle(column.slice(column.indexOf(':') + 1)),
        values.map(each => each[at] ?? null),
      ),
    ),
    lines: rows.map((row, at) => ({ name: runTitle(row.id), values: values[at] ?? [] })),
  }
}
