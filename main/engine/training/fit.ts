import type { Cell, Column, DatasetVersion, Filter, Plan, Recipe, Split } from '#contract'
import {
  completeRows,
  fitLabel,
  fitRecipe,
  fitTransform,
  type LabelSpec,
  type TransformSpec,
} from '../encoding/index.ts'
import { fail } from '../kit/index.ts'
import { fitTo, pick, type RowSource } from '../transform/index.ts'
import type { Frozen } from './images/backbone.ts'
import { suggestionOf } from './suggested/index.ts'

/** A row wider than this is a slip, and would fill the disk. */
const WIDEST = 20_000

const SPLITS = ['train', 'eval', 'test'] as const

/** What was fitted to the data before the first step. */
export interface Fitted {
  label: LabelSpec
  transform: TransformSpec
  /** Rows that have a label. */
  rows: Record<Split, number>
  /** Rows that have none and are not used. */
  unlabeled: number
  /** Rows that lack a value which the transform requires and are not used. */
  dropped: number
  /** What a person should know of the data, in words. */
  notes?: string[]
  /** Of pictures: those that cannot be decoded and are not used. */
  unreadable?: number
  /** What gives the features that the net learns from, where it does not learn from the encoded rows themselves. */
  frozen?: Frozen | null
}

export interface Reading {
  signal: AbortSignal
  /** Only rows that fit. */
  where?: Filter | undefined
  /** Reading may end once there are so many. */
  most?: number | undefined
  /** Of pictures: each is followed by its mirror image. */
  flip?: boolean
  /** @param share of the rows that will be read */
  progress(share: number): void
}

/**
 * Fits label and transform to a version of a dataset. The same plan on the same version gives the same result.
 * @param chosen what a person chose for the columns; null: what is suggested
 * @param how.embeds the trainer takes categories as an index
 * @throws Failure `bad-input`, `empty-data` or `too-wide`, with the column that is to blame
 */
export async function fitData(
  dataset: RowSource,
  version: DatasetVersion,
  plan: Plan,
  chosen: Recipe | null,
  { signal, where, progress, embeds }: Reading & { embeds: boolean },
): Promise<Fitted> {
  const column = columnOf(version, plan.label)
  const columns = featuresOf(version, plan)
  const learned = new Set(columns.map(({ name }) => name))
  const suggestion = suggestionOf(plan)
  const unlearned = new Set(version.columns.map(({ name }) => name).filter(name => !learned.has(name)))
  const asked = { dataset, version, plan, recipe: chosen, columns, left: unlearned }
  const { recipe, left, notes } = suggestion
    ? await suggestion.suggest(asked, { signal, where })
    : { recipe: chosen, left: unlearned, notes: [] }
  const required = recipe ? fitRecipe(recipe, version.columns, left, { label: plan.label }).required : []
  const all = version.rows + version.splits.train
  let read = 0
  const came = (rows: number) => {
    read += rows
    progress(read / Math.max(1, all))
  }

  const fitter = fitLabel(column, plan.task)
  const rows: Record<Split, number> = { train: 0, eval: 0, test: 0 }
  let unlabeled = 0
  let dropped = 0
  for (const split of SPLITS)
    for await (const batch of dataset.read(version, {
      columns: [column.name, ...required],
      split,
      where,
      signal,
    })) {
      const [labels, ...wanted] = batch.columns as [Cell[], ...Cell[][]]
      const complete = completeRows(wanted, batch.rows)
      const count = complete?.length ?? batch.rows
      const labeled = fitter.add(pick(labels, complete), split === 'train')
      rows[split] += labeled
      unlabeled += count - labeled
      dropped += batch.rows - count
      came(batch.rows)
    }
  const label = fitter.finish()

  const transform = recipe
    ? (await fitTo(dataset, version, recipe, left, { embeds, label: plan.label, where, signal, came })).spec
    : await fitSuggested()
  suggestion?.check(transform, plan)
  if (transform.features.length === 0)
    throw fail(
      'empty-data',
      `No column is left to learn from: ${reasons(transform)}.`,
      'Keep more columns, or import data whose columns say more.',
    )
  if (transform.width > WIDEST)
    throw fail(
      'too-wide',
      `A row would become ${transform.width} numbers, more than the ${WIDEST} that training takes.`,
      'Leave out columns of many different values.',
    )
  return { label, transform, rows, unlabeled, dropped, notes }

  async function fitSuggested(): Promise<TransformSpec> {
    const transformer = fitTransform(columns)
    const names = columns.map(each => each.name)
    for await (const batch of dataset.read(version, { columns: names, split: 'train', where, signal })) {
      transformer.add(batch.columns)
      came(batch.rows)
    }
    return transformer.finish()
  }
}

/** "id" (nearly every row has a value of its own), … */
export const reasons = ({ leftOut }: TransformSpec): string =>
  leftOut.map(({ name, reason }) => `"${name}" (${reason})`).join(', ')

function columnOf(version: DatasetVersion, name: string): Column {
  const column = version.columns.find(each => each.name === name)
  if (!column) throw unknownColumn(version, name)
  return column
}

function featuresOf(version: DatasetVersion, plan: Plan): Column[] {
  for (const name of [...(plan.features ?? []), ...plan.without])
    if (!version.columns.some(column => column.name === name)) throw unknownColumn(version, name)
  if (plan.features?.includes(plan.label))
    throw fail(
      'bad-input',
      `"${plan.label}" is the label, so it cannot also be learned from.`,
      'Take it out of the columns to learn from.',
    )
  const columns = version.columns.filter(
    ({ name }) =>
      name !== plan.label && !plan.without.includes(name) && (plan.features?.includes(name) ?? true),
  )
  if (columns.length === 0)
    throw fail('bad-input', 'No column is left to learn from.', 'Keep at least one column besides the label.')
  return columns
}

function unknownColumn(version: DatasetVersion, name: string) {
  const near = version.columns.find(column => column.name.toLowerCase() === name.toLowerCase())
  const there = version.columns.slice(0, 20).map(column => column.name)
  const more = version.columns.length > there.length ? ', …' : ''
  return fail(
    'bad-input',
    `${version.dataset} has no column "${name}".`,
    near ? `Did you mean "${near.name}"?` : `Its columns are ${there.join(', ')}${more}.`,
  )
}
