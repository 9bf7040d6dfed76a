import type { Column, DatasetVersion, Plan, Recipe } from '#contract'
import type { TransformSpec } from '../../encoding/index.ts'
import type { Reading, RowSource } from '../../transform/index.ts'

/** What a trainer makes of data, before anything is fitted. */
export interface Suggested {
  /** What is made of the columns; null: what is suggested for each. */
  recipe: Recipe | null
  /** Columns that are not learned from, the label among them. */
  left: ReadonlySet<string>
  /** What a person should know, in words. */
  notes: string[]
}

export interface Asked {
  dataset: RowSource
  version: DatasetVersion
  plan: Plan
  /** What a person chose; null: nothing. */
  recipe: Recipe | null
  /** Columns to learn from. */
  columns: Column[]
  left: ReadonlySet<string>
}

/** What a kind of data needs beyond the columns as they are. One file a kind. */
export interface Suggestion {
  /** @throws Failure `bad-input` where the trainer cannot learn from the data, or has to be told more */
  suggest(asked: Asked, reading: Pick<Reading, 'signal' | 'where'>): Promise<Suggested>
  /** @throws Failure `bad-input` where nothing is left that the trainer is for */
  check(transform: TransformSpec, plan: Plan): void
}
