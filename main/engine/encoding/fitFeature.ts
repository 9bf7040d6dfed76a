import type { Cell, ColumnType } from '#contract'
import { fitCategory } from './kinds/category.ts'
import { fitCross } from './kinds/cross.ts'
import { FITTERS, type Fitter } from './kinds/index.ts'
import { numberIn } from './kinds/number.ts'
import { fitParts } from './kinds/parts.ts'
import { fitRanges } from './kinds/ranges.ts'
import { Sample } from './kinds/sample.ts'
import { Moments } from './kinds/scale.ts'
import { fitScaled } from './kinds/scaled.ts'
import { byCodeUnit, type TextType } from './kinds/text.ts'
import { fitTokens } from './kinds/tokens.ts'
import { fitWindow, ruleOf } from './kinds/window.ts'
import { filled, isMissing } from './missing.ts'
import type { PlannedFeature } from './recipe.ts'
import type { CalendarFeature, FeatureSpec, NumberFeature } from './spec.ts'

/** Reads what one feature of a recipe is made of. */
export interface FeatureFitter {
  /** @param columns cells of each of its columns */
  add(columns: readonly (readonly Cell[])[], rows: number): void
  /** Of a window, in place of cells. */
  addFigures(figures: Float64Array): void
  /** The feature, or in words why it says nothing. */
  finish(): FeatureSpec | string
}

const nothing = () => {}

/**
 * What fits one feature of a recipe.
 * @param embeds the trainer embeds words, and categories that are wanted as an index
 */
export function featureFitter(feature: PlannedFeature, embeds: boolean): FeatureFitter {
  const { name, columns, step } = feature
  if (step.kind === 'cross') return { ...fitCross(name, columns, step), addFigures: nothing }
  if (step.kind === 'window') {
    const fitter = fitWindow(
      name,
      columns.map(column => column.name),
      ruleOf(step),
    )
    return { add: nothing, addFigures: fitter.add, finish: fitter.finish }
  }
  return { ...fitColumn(feature, embeds), addFigures: nothing }
}

function stepFitter({ columns: [column], step }: PlannedFeature, embeds: boolean): Fitter {
  const { name, type } = column as { name: string; type: ColumnType }
  switch (step.kind) {
    case 'number':
      return fitScaled(name, type as NumberFeature['type'], step)
    case 'buckets':
      return fitRanges(name, type as NumberFeature['type'], step)
    case 'vocabulary':
    case 'hash':
      return fitCategory(name, type as TextType, step)
    case 'tokens':
      return fitTokens(name, step, embeds)
    case 'date':
      return fitParts(name, type as CalendarFeature['type'], step)
    default:
      return FITTERS[type](name)
  }
}

/**
 * Fits a feature of one column with what stands for its missing cells. Figures of a feature are of the values that are
 * there; a constant counts as such a value, because it is known before.
 */
function fitColumn(feature: PlannedFeature, embeds: boolean): Pick<FeatureFitter, 'add' | 'finish'> {
  const { name, columns, missing } = feature
  const [column] = columns as [(typeof columns)[number]]
  const fitter = stepFitter(feature, embeds)
  const filling = fillOf(feature)
  let gaps = false
  return {
    add([cells = []]) {
      gaps ||= cells.some(isMissing)
      filling?.add(cells)
      fitter.add(missing.fill === 'constant' ? filled(cells, missing.value ?? null) : cells)
    },
    finish() {
      const fitted = fitter.finish()
      if (typeof fitted === 'string') return fitted
      const own = { ...fitted, name, ...(name === column.name ? {} : { columns: [column.name] }) }
      if (!filling) return own
      // The place of its own is not used any more, save by an index, whose places stay as they are.
      const keeps = 'as' in own && own.as === 'index'
      return {
        ...own,
        ...('missing' in own && !keeps ? { missing: false } : {}),
        fill: filling.value(),
        ...(missing.indicator && gaps ? { indicator: true as const } : {}),
      }
    },
  }
}

interface Filling {
  add(cells: readonly Cell[]): void
  value(): Cell
}

/** Different values that are counted to find the most frequent one. */
const COUNTED = 100_000

function fillOf({ columns: [column], missing }: PlannedFeature): Filling | null {
  const { name } = column as { name: string }
  const numbers = (take: (value: number) => void) => (cells: readonly Cell[]) => {
    for (let row = 0; row < cells.length; row++) {
      const value = numberIn(cells[row], name, row)
      if (!Number.isNaN(value)) take(value)
    }
  }
  switch (missing.fill) {
    case 'constant':
      return { add: nothing, value: () => missing.value ?? null }
    case 'mean': {
      const moments = new Moments()
      return { add: numbers(value => moments.add(value)), value: () => moments.mean + 0 }
    }
    case 'median': {
      const sample = new Sample()
      return { add: numbers(value => sample.add(value)), value: () => sample.quantile(0.5) }
    }
    case 'most-frequent': {
      const counts = new Map<Cell, number>()
      return {
        add(cells) {
          for (const cell of cells) {
            if (isMissing(cell)) continue
            const count = counts.get(cell)
            if (count !== undefined || counts.size < COUNTED) counts.set(cell, (count ?? 0) + 1)
          }
        },
        value: () =>
          [...counts].reduce<[Cell, number]>(
            (best, one) =>
              one[1] > best[1] || (one[1] === best[1] && byCodeUnit(String(one[0]), String(best[0])) < 0)
                ? one
                : best,
            [null, 0],
          )[0],
      }
    }
    default:
      return null
  }
}
