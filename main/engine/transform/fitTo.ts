import type { Cell, DatasetVersion, Recipe } from '#contract'
import { completeRows, fitRecipe, type TransformSpec } from '../encoding/index.ts'
import { type Past, pastOf, pick } from './past.ts'
import type { Reading, RowSource } from './rowSource.ts'

/** A recipe that was fitted, and the windows of the rows that it was fitted to. */
export interface FittedTo {
  spec: TransformSpec
  past: Past
  /** Rows of the train split that it was fitted to. */
  rows: number
}

/**
 * Fits a recipe to the train split of a version. The same recipe on the same version gives the same result.
 * @param left columns that are not learned from
 * @param how.label the one of them whose past a window may hold
 * @throws Failure `bad-input` where the recipe does not fit the data
 */
export async function fitTo(
  dataset: RowSource,
  version: DatasetVersion,
  recipe: Recipe,
  left: ReadonlySet<string>,
  { embeds, label, ...reading }: Reading & { embeds: boolean; label?: string },
): Promise<FittedTo> {
  const fitter = fitRecipe(recipe, version.columns, left, { embeds, label })
  const past = await pastOf(dataset, version, fitter.history, fitter.required, reading)
  const columns = fitter.columns.map(({ name }) => name)
  const required = fitter.required.map(name => columns.indexOf(name))
  const figures = past.of('train')
  const { signal, where, came } = reading
  let rows = 0
  for await (const batch of dataset.read(version, { columns, split: 'train', where, signal })) {
    const complete = completeRows(
      required.map(place => batch.columns[place] as Cell[]),
      batch.rows,
    )
    const count = complete?.length ?? batch.rows
    fitter.add(
      batch.columns.map(cells => pick(cells, complete)),
      count,
      figures(count),
    )
    rows += count
    came?.(batch.rows)
  }
  return { spec: fitter.finish(), past, rows }
}
