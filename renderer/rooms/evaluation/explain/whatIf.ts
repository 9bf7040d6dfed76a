import type { Cell, Column, WhatIf } from '#contract'
import type { Option } from '../../../ui/index.ts'

/** How one column of a row is edited. */
export interface CellField {
  column: string
  kind: 'number' | 'integer' | 'boolean' | 'choice' | 'text'
  /** Of a choice: the values known, the most frequent first. */
  values: string[]
  hint: string | null
}

/* Of more values than this the rest is not among the most frequent ones that are known, so it is typed. */
const MOST = 50

/** The fields of a row, in the order of the model's columns. */
export function fieldsOf(
  instance: Readonly<Record<string, Cell>>,
  columns: readonly Column[],
  known: ReadonlyMap<string, { values: string[]; unique: number }> = new Map(),
): CellField[] {
  return Object.keys(instance).map((column): CellField => {
    const type =
      columns.find(one => one.name === column)?.type ??
      (typeof instance[column] === 'number' ? 'float' : 'text')
    if (type === 'integer' || type === 'float')
      return { column, kind: type === 'integer' ? 'integer' : 'number', values: [], hint: null }
    if (type === 'boolean') return { column, kind: 'boolean', values: [], hint: null }
    const found = known.get(column)
    if (type === 'text' && found && found.unique <= Math.min(MOST, found.values.length)) {
      const own = instance[column]
      const values =
        typeof own === 'string' && !found.values.includes(own) ? [own, ...found.values] : found.values
      return { column, kind: 'choice', values, hint: null }
    }
    return {
      column,
      kind: 'text',
      values: [],
      hint: type === 'date' ? 'as 2024-12-31' : type === 'timestamp' ? 'as 2024-12-31T23:59:00' : null,
    }
  })
}

/** What was changed of a row; a value set back to what it was is no change. */
export const editsOf = (
  original: Readonly<Record<string, Cell>>,
  edited: Readonly<Record<string, Cell>>,
): Record<string, Cell> =>
  Object.fromEntries(Object.entries(edited).filter(([column, cell]) => cell !== original[column]))

export const BOOLEANS: Option<boolean | null>[] = [
  { value: true, label: 'yes' },
  { value: false, label: 'no' },
  { value: null, label: 'missing' },
]

/** One class before and after, the most likely after first. */
export interface Shift {
  label: string
  before: number
  after: number
}

/** How the probabilities moved. */
export function shiftsOf(before: WhatIf, after: WhatIf): Shift[] {
  const labels = [...new Set([...Object.keys(before.probabilities), ...Object.keys(after.probabilities)])]
  return labels
    .map(label => ({
      label,
      before: before.probabilities[label] ?? 0,
      after: after.probabilities[label] ?? 0,
    }))
    .sort((a, b) => b.after - a.after || b.before - a.before)
}
