import type { Cell, DatasetVersion, Filter, Recipe, Split } from '#contract'
import type { Batch, DatasetRoom } from '../dataset/index.ts'
import { completeRows, fitRecipe, type TransformSpec } from '../encoding/index.ts'
import { type Past, pastOf, pick } from './past.ts'

/** What is needed of the dataset room. */
export interface RowSource extends Pick<DatasetRoom, 'resolve'> {
  read(
    version: DatasetVersion,
    want: { columns: string[]; split?: Split; where?: Filter | undefined; signal?: AbortSignal },
  ): AsyncIterable<Batch>
}

/** The same with what saved slices mean. */
export type SlicedSource = RowSource & Pick<DatasetRoom, 'filterOf'>

/** How rows are read. */
export interface Reading {
  signal: AbortSignal
  /** Only rows that fit. */
  where?: Filter | undefined
  /** @param rows that have been read since the last call */
  came?(rows: number): void
}

/** A recipe that was fitted, and the windows of the rows that it was fitted to. */
export interface FittedTo {
  spec: TransformSpec
  past: Past
  /** Rows of the train split that it was fitted to. */
  rows: number
}

/**
 * Fits a recipe to the train split of a version. The same recipe on the same version gives the same result.
 * @param left columns that are not learnt from
 * @throws Failure `bad-input` where the recipe does not fit the data
 */
export async function fitTo(
  dataset: RowSource,
  version: DatasetVersion,
  recipe: Recipe,
  left: ReadonlySet<string>,
  { embeds, ...reading }: Reading & { embeds: boolean },
): Promise<FittedTo> {
  const fitter = fitRecipe(recipe, version.columns, left, { embeds })
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
