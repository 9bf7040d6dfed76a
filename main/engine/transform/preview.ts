import type { Cell, DatasetVersion, FeatureRecipe, Spread } from '#contract'
import {
  columnsRead,
  completeRows,
  describeFeature,
  encode,
  historyOf,
  inputsOf,
  requiredOf,
} from '../encoding/index.ts'
import { fail } from '../kit/index.ts'
import { fitTo } from './fitTo.ts'
import { fittedFeature } from './fitted.ts'
import { type Past, pastOf, pickFigures } from './past.ts'
import type { RowSource } from './rowSource.ts'
import { spreadOfCells, spreadOfNumbers } from './spread.ts'

/** Columns after a feature that are drawn. */
const DRAWN = 256

/**
 * What one feature does to the train split. It is fitted to all of it, with its index left an index; the pictures are
 * of at most `most` rows at equal distances.
 * @throws Failure `bad-input`, `empty-data`
 */
export async function preview(
  dataset: RowSource,
  version: DatasetVersion,
  feature: FeatureRecipe,
  most: number,
  signal: AbortSignal,
) {
  const recipe = { features: [feature], others: 'leave-out' as const }
  const nothing = new Set<string>()
  const { spec, rows: fitted } = await fitTo(dataset, version, recipe, nothing, { embeds: true, signal })
  const total = version.splits.train
  if (total === 0)
    throw fail(
      'empty-data',
      `The train split of ${version.dataset} has no rows.`,
      'Import the data with a larger share for training.',
    )
  const names = [...new Set(columnsRead(feature))]
  const past = await pastOf(dataset, version, historyOf(spec), [], { signal })
  const sample = await sampled(dataset, version, names, past, Math.ceil(total / most), signal)
  const before = feature.columns.map(name => {
    const type = version.columns.find(column => column.name === name)?.type ?? 'text'
    return spreadOfCells(name, type, sample.cells[names.indexOf(name)] as Cell[])
  })
  const [made] = spec.features
  if (!made)
    return {
      rows: sample.rows,
      fitted,
      before,
      feature: null,
      words: spec.leftOut.find(({ name }) => name === feature.name)?.reason ?? 'nothing is made of it',
      after: [],
    }
  const inputs = inputsOf(spec)
  // A row that is left out of training is left out of the picture after, too.
  const complete = completeRows(
    requiredOf(spec).map(name => sample.cells[names.indexOf(name)] as Cell[]),
    sample.rows,
  )
  const rows = complete?.length ?? sample.rows
  const encoded = encode(
    spec,
    inputs.map(({ name }) => {
      const cells = sample.cells[names.indexOf(name)] as Cell[]
      return complete ? complete.map(row => cells[row] as Cell) : cells
    }),
    rows,
    pickFigures(sample.figures, past.widths, complete),
  )
  const { words, columns } = describeFeature(made)
  const after: Spread[] = columns.slice(0, DRAWN).map((name, at) =>
    spreadOfNumbers(
      name,
      Float32Array.from({ length: rows }, (_, row) => encoded[row * spec.width + at] as number),
    ),
  )
  return { rows: sample.rows, fitted, before, feature: fittedFeature(made), words, after }
}

/** Every so many rows of the train split. */
async function sampled(
  dataset: RowSource,
  version: DatasetVersion,
  names: string[],
  past: Past,
  step: number,
  signal: AbortSignal,
) {
  const cells: Cell[][] = names.map(() => [])
  const parts: (readonly Float64Array[])[] = []
  const figures = past.of('train')
  let read = 0
  let rows = 0
  for await (const batch of dataset.read(version, { columns: names, split: 'train', signal })) {
    const wanted: number[] = []
    for (let row = (step - (read % step)) % step; row < batch.rows; row += step) wanted.push(row)
    batch.columns.forEach((column, i) => {
      for (const row of wanted) cells[i]?.push(column[row] as Cell)
    })
    parts.push(pickFigures(figures(batch.rows), past.widths, wanted))
    read += batch.rows
    rows += wanted.length
  }
  return {
    cells,
    rows,
    figures: past.widths.map((_, i) => joined(parts.map(part => part[i] as Float64Array))),
  }
}

function joined(parts: Float64Array[]): Float64Array {
  const whole = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
