import type { Cell, Run, Split } from '#contract'
import { completeRows, encodeLabel, historyOf, inputsOf, requiredOf } from '../../encoding/index.ts'
import { fail, seeded, shuffled } from '../../kit/index.ts'
import type { TrainedModel } from '../../training/index.ts'
import type { SliceSource } from '../slices/index.ts'

/** Rows of a split with the cells that a model looks at. */
export interface Cells {
  names: string[]
  /** By column, then row. */
  columns: Cell[][]
  labels: Float32Array
  /** Numbers of the rows in the version. */
  numbers: Uint32Array
}

/**
 * Reads the rows of a split that have a label and all that the model requires; of more than `most` a seeded draw.
 * @throws Failure empty-data, unsupported for a model that looks back in time
 */
export async function readCells(
  dataset: SliceSource,
  run: Run & { version: string },
  { transform, label }: Pick<TrainedModel, 'transform' | 'label'>,
  split: Split,
  { most, seed, signal }: { most: number; seed: number; signal: AbortSignal },
): Promise<Cells> {
  if (historyOf(transform))
    throw fail(
      'unsupported',
      'The model looks at earlier rows too, so a row cannot be changed by itself.',
      'Explain a run whose transform has no windows over time.',
    )
  const version = dataset.resolve(run.version)
  const names = inputsOf(transform).map(({ name }) => name)
  const required = requiredOf(transform).map(name => names.indexOf(name))
  const columns = names.map((): Cell[] => [])
  const labels: number[] = []
  const numbers: number[] = []
  let begin = 0
  const want = { columns: [...names, label.column], split, numbered: true, signal }
  for await (const batch of dataset.read(version, run.where ? { ...want, where: run.where } : want)) {
    const complete = completeRows(
      required.map(nth => batch.columns[nth] as Cell[]),
      batch.rows,
    )
    const rows = complete ?? Array.from({ length: batch.rows }, (_, row) => row)
    for (const row of rows) {
      const truth = encodeLabel(label, batch.columns[names.length]?.[row])
      if (Number.isNaN(truth)) continue
      labels.push(truth)
      numbers.push(batch.numbers?.[row] ?? begin + row)
      for (const [nth, column] of columns.entries()) column.push(batch.columns[nth]?.[row] ?? null)
    }
    begin += batch.rows
  }
  if (!labels.length)
    throw fail(
      'empty-data',
      `The ${split} split has no rows with a value of "${label.column}".`,
      'Choose another split.',
    )
  const drawn =
    labels.length <= most
      ? null
      : [...shuffled(labels.length, seeded(seed)).subarray(0, most)].sort((a, b) => a - b)
  const pick = <T>(values: T[]): T[] => (drawn ? drawn.map(row => values[row] as T) : values)
  return {
    names,
    columns: columns.map(pick),
    labels: Float32Array.from(pick(labels)),
    numbers: Uint32Array.from(pick(numbers)),
  }
}
