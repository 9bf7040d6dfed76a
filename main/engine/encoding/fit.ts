import type { Cell, Column, Recipe } from '#contract'
import { featureFitter } from './fitFeature.ts'
import { FITTERS, widthOf } from './kinds/index.ts'
import { ruleOf } from './kinds/window.ts'
import { isMissing } from './missing.ts'
import { type PlannedFeature, planOf } from './recipe.ts'
import { columnsOf, type FeatureSpec, type TransformInput, type TransformSpec } from './spec.ts'
import { type History, openHistory } from './windows/history.ts'
import type { WindowReading } from './windows/memory.ts'

/** Reads the train split batch by batch. */
export interface TransformFitter {
  /** @param columns cells by column, in the order of the columns that the fit was begun with */
  add(columns: readonly (readonly Cell[])[], rows?: number): void
  finish(): TransformSpec
}

/**
 * Fits a transform to columns, in one pass and in bounded memory. Numbers are scaled, texts of few values get a
 * column a value, of many a bucket, dates a calendar; what says nothing is left out with the reason. The result
 * depends on the rows and their order only.
 */
export function fitTransform(columns: readonly Column[]): TransformFitter {
  const fitters = columns.map(({ name, type }) => FITTERS[type](name))
  return {
    add: cells => {
      fitters.forEach((fitter, i) => {
        fitter.add(cells[i] as readonly Cell[])
      })
    },
    finish() {
      const features: FeatureSpec[] = []
      const leftOut: TransformSpec['leftOut'] = []
      fitters.forEach((fitter, i) => {
        const fitted = fitter.finish()
        if (typeof fitted === 'string') leftOut.push({ name: (columns[i] as Column).name, reason: fitted })
        else features.push(fitted)
      })
      const width = features.reduce((sum, spec) => sum + widthOf(spec), 0)
      return { format: 'edgewright-transform/1', features, leftOut, width }
    },
  }
}

/** How a fit by a recipe is done. */
export interface RecipeFitter {
  /** The columns that are read, in the order in which cells are given. */
  readonly columns: readonly Column[]
  /** Those of them without a value in which a row is not trained on. */
  readonly required: readonly string[]
  /**
   * The windows of the recipe; null where it has none. They are taken of all rows that the data has, whatever their
   * split, as a device sees all rows; then their figures for the rows of the train split are given to `add`.
   */
  readonly history: History | null
  /**
   * @param cells by column, in the order of `columns`, of rows that have all that is required
   * @param windows figures of each window for these rows
   */
  add(cells: readonly (readonly Cell[])[], rows: number, windows?: readonly Float64Array[]): void
  finish(): TransformSpec
}

/**
 * Fits a recipe to the train split, in one pass and in bounded memory. The result depends on the rows and their order
 * only.
 * @param left columns that are not learned from, the label among them
 * @param options.embeds the trainer has an embedding: categories that are wanted as an index stay one, and words come by
 * their places
 * @param options.label the column among those that are not learned from whose past a window may hold
 * @throws Failure `bad-input` where the recipe does not fit the columns
 */
export function fitRecipe(
  recipe: Recipe,
  all: readonly Column[],
  left: ReadonlySet<string> = new Set(),
  { embeds = false, label }: { embeds?: boolean; label?: string | undefined } = {},
): RecipeFitter {
  const planned = planOf(recipe, all, left, label)
  const columns = all.filter(({ name }) =>
    planned.features.some(feature => feature.columns.some(column => column.name === name)),
  )
  const at = new Map(columns.map(({ name }, i) => [name, i]))
  const dropped = new Set(
    planned.features
      .filter(({ missing }) => missing.fill === 'drop')
      .flatMap(feature => feature.columns.slice(0, feature.step.kind === 'cross' ? 3 : 1))
      .map(({ name }) => name),
  )
  const examples = new Map<string, Cell>()
  const windows = planned.features.filter(({ step }) => step.kind === 'window')
  const fitters = planned.features.map(feature => featureFitter(expanded(feature, embeds), embeds))
  return {
    columns,
    required: [...dropped],
    history: windows.length ? openHistory(windows.map(readingOf), columns) : null,
    add(cells, rows, figures = []) {
      for (const name of dropped) {
        const known = examples.has(name)
          ? undefined
          : cells[at.get(name) as number]?.find(cell => !isMissing(cell))
        if (known !== undefined) examples.set(name, known)
      }
      let nth = 0
      planned.features.forEach((feature, i) => {
        const fitter = fitters[i] as (typeof fitters)[number]
        if (feature.step.kind === 'window') fitter.addFigures(figures[nth++] as Float64Array)
        else
          fitter.add(
            feature.columns.map(({ name }) => cells[at.get(name) as number] as readonly Cell[]),
            rows,
          )
      })
    },
    finish() {
      const features: FeatureSpec[] = []
      const leftOut = [...planned.leftOut]
      fitters.forEach((fitter, i) => {
        const fitted = fitter.finish()
        if (typeof fitted === 'string')
          leftOut.push({ name: (planned.features[i] as PlannedFeature).name, reason: fitted })
        else features.push(fitted)
      })
      const read = new Set(features.flatMap(columnsOf))
      const inputs = columns
        .filter(({ name }) => read.has(name))
        .map(
          ({ name, type }): TransformInput => ({
            name,
            type,
            ...(dropped.has(name) ? { required: true, example: examples.get(name) ?? null } : {}),
          }),
        )
      // An instance may bring every column of the data, so each that is not read is named among those left out.
      const named = new Set([...inputs, ...leftOut].map(({ name }) => name))
      for (const { name } of columns)
        if (!named.has(name)) leftOut.push({ name, reason: 'nothing is made of it' })
      const width = features.reduce((sum, spec) => sum + widthOf(spec), 0)
      return { format: 'edgewright-transform/2', inputs, features, leftOut, width }
    },
  }
}

/** A trainer without an embedding gets an index as one-hot; see the contract. */
function expanded(feature: PlannedFeature, embeds: boolean): PlannedFeature {
  const { step } = feature
  return !embeds && 'as' in step && step.as === 'index'
    ? ({ ...feature, step: { ...step, as: 'one-hot' } } as PlannedFeature)
    : feature
}

function readingOf({ columns, step }: PlannedFeature): WindowReading {
  if (step.kind !== 'window') throw new RangeError(`${step.kind} is no window`)
  return { columns: columns.map(({ name }) => name), window: ruleOf(step) }
}
