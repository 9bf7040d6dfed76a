import type { Cell, Column, FeatureRecipe } from '#contract'
import { wordsOf } from '../../encoding/index.ts'
import { fail } from '../../kit/index.ts'
import type { Suggestion } from './suggestion.ts'

/** Rows that are looked at. */
const LOOKED_AT = 20_000
/** A text of fewer words on average, or of so few different values, is a category. */
const SEVERAL_WORDS = 2.5
const FEW_VALUES = 20
/** So many of the texts are taken in whole, up to so many words. */
const WHOLE = 0.95
const LONGEST = 256

/** Columns of texts become their words, each as long as nearly all of its texts are. */
export const texts: Suggestion = {
  async suggest({ dataset, version, plan, recipe, columns, left }, { signal, where }) {
    if (recipe) return { recipe, left, notes: [] }
    const looks = columns.filter(({ type }) => type === 'text').map(column => new Look(column))
    let rows = 0
    const names = looks.map(({ column }) => column.name)
    if (names.length)
      for await (const batch of dataset.read(version, { columns: names, split: 'train', where, signal })) {
        looks.forEach((look, i) => {
          look.add(batch.columns[i] as Cell[])
        })
        rows += batch.rows
        if (rows >= LOOKED_AT) break
      }
    const features = looks.filter(look => look.isText).map(look => look.feature())
    if (features.length === 0)
      throw fail(
        'bad-input',
        `The trainer "${plan.trainer}" learns from words, and no column of ${version.dataset} that it may learn from holds texts of several words.`,
        'Choose another trainer, or a transform with a step "tokens" for a column of texts.',
      )
    return { recipe: { features, others: 'suggested' }, left, notes: [] }
  },
  check(transform, { trainer }) {
    if (transform.features.some(({ kind }) => kind === 'tokens')) return
    throw fail(
      'bad-input',
      `The trainer "${trainer}" learns from words, and the transform makes none of any column.`,
      'Give a column of texts the step "tokens", or choose another trainer.',
    )
  },
}

/** What the texts of a column are like. */
class Look {
  readonly column: Column
  private readonly lengths: number[] = []
  private readonly different = new Set<string>()

  constructor(column: Column) {
    this.column = column
  }

  add(cells: readonly Cell[]): void {
    for (const cell of cells) {
      if (typeof cell !== 'string') continue
      this.lengths.push(wordsOf(cell, LONGEST).length)
      if (this.different.size <= FEW_VALUES) this.different.add(cell)
    }
  }

  get isText(): boolean {
    const words = this.lengths.reduce((sum, length) => sum + length, 0)
    return this.different.size > FEW_VALUES && words >= SEVERAL_WORDS * this.lengths.length
  }

  feature(): FeatureRecipe {
    const { name } = this.column
    const whole = this.lengths.sort((a, b) => a - b)[Math.floor(WHOLE * (this.lengths.length - 1))] as number
    // In eights, so that a few rows more seldom make another net.
    const length = Math.max(8, Math.ceil(whole / 8) * 8)
    return {
      name,
      columns: [name],
      step: { kind: 'tokens', by: 'vocabulary', most: 5000, least: 2, length },
      missing: { fill: 'own', indicator: false },
    }
  }
}
