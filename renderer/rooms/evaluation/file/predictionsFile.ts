import type { ColumnType } from '#contract'

/** Where others' predictions are read from when nobody says so: see `evaluation.run`. */
export const LABEL = 'label'
const PREDICTIONS = ['probability', 'score', 'prediction']
const ONE_CLASS = /^prob(ability)?_./

interface FileColumn {
  name: string
  type: ColumnType
}

/** Which columns of a file say what; what is not said is found by its name. */
export interface NamedColumns {
  label?: string | undefined
  prediction?: string | undefined
  positive?: string | undefined
}

/** What `evaluation run` is asked for a file. */
export interface FileAsk extends NamedColumns {
  predictions: string
  name?: string
}

export const fileAsk = (
  { label, prediction, positive }: NamedColumns,
  path: string,
  name?: string,
): FileAsk => ({
  predictions: path,
  ...(label && { label }),
  ...(prediction && { prediction }),
  ...(positive && { positive }),
  ...(name && { name }),
})

/** The columns that hold predictions, where their names say so. */
export function predictionsIn(columns: readonly FileColumn[]): string[] {
  const each = columns.filter(({ name }) => ONE_CLASS.test(name)).map(({ name }) => name)
  if (each.length > 1) return each
  const said = PREDICTIONS.find(wanted => columns.some(({ name }) => name === wanted))
  return said ? [said] : []
}

/** The columns of a file that rows can be sliced by: neither the truth nor a prediction. */
export function otherColumns(columns: readonly FileColumn[], { label, prediction }: NamedColumns): string[] {
  const used = [label ?? LABEL, ...(prediction ? [prediction] : predictionsIn(columns))]
  return columns.map(({ name }) => name).filter(name => !used.includes(name))
}

/** What is still to be said before a file can be measured, or null. */
export function missingIn(
  columns: readonly FileColumn[],
  { label, prediction }: NamedColumns,
): string | null {
  if (!label && !columns.some(({ name }) => name === LABEL)) return 'Choose the column with the truth.'
  if (!prediction && !predictionsIn(columns).length) return 'Choose the column with the predictions.'
  return label !== undefined && label === prediction ? 'The truth and the predictions are two columns.' : null
}
