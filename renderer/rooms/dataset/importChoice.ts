import { type DatasetVersion, type FileFormat, Name, type SplitBy } from '#contract'
import type { Source } from './sources.ts'
import { splitWords } from './versionWords.ts'

/** The few choices of an import that matter. Shares are in percent. */
export interface ImportChoice {
  name: string
  format: FileFormat | null
  table: string | null
  labels: string
  append: boolean
  splitBy: SplitBy
  splitColumn: string | undefined
  key: string[]
  train: number
  eval: number
  measure: boolean
}

/** What a new import starts from. */
export const freshChoice = (source: Source | null): ImportChoice => ({
  name: source?.name ?? '',
  format: source?.format ?? null,
  table: null,
  labels: '',
  append: false,
  splitBy: 'hash',
  splitColumn: undefined,
  key: [],
  train: 80,
  eval: 10,
  measure: true,
})

/** Each way to split, and what it is good for. */
export const SPLITS: { value: SplitBy; label: string; hint: string }[] = [
  { value: 'hash', label: 'By hash', hint: 'At random, and the same row always in the same split' },
  { value: 'group', label: 'By group', hint: 'All rows of one value together, such as one patient' },
  { value: 'time', label: 'By time', hint: 'The oldest rows train, the newest test' },
  { value: 'stratified', label: 'Stratified', hint: 'The same shares within each value, such as each class' },
  { value: 'column', label: 'By a column', hint: 'The column says train, eval or test' },
]

/** What is wrong with a name; null where it may be. */
export const nameTrouble = (name: string): string | null =>
  Name.safeParse(name).success
    ? null
    : 'A name may hold letters, digits, spaces, - _ and .; it begins with a letter or a digit.'

/** What the choices still lack; null where they can be imported. */
export function choiceTrouble(choice: ImportChoice): string | null {
  const trouble = nameTrouble(choice.name)
  if (trouble || choice.append) return trouble
  if (choice.splitBy !== 'hash' && !choice.splitColumn) return 'Choose the column to split by.'
  return choice.splitBy !== 'column' && choice.train + choice.eval > 100
    ? 'Train and eval are more than all rows.'
    : null
}

/** The choices as the contract's `dataset.import` takes them. An append keeps the split of the version before. */
export function inputOfChoice(source: Source, choice: ImportChoice, older: DatasetVersion | undefined) {
  const shared = {
    file: source.file,
    name: choice.name as Name,
    ...(choice.format ? { format: choice.format } : {}),
    ...(source.query ? { query: source.query } : {}),
    ...(choice.table && !source.query ? { table: choice.table } : {}),
    ...(choice.labels.trim() ? { labels: choice.labels.trim() } : {}),
  }
  if (choice.append && older)
    return {
      ...shared,
      append: true,
      key: older.key,
      ...(older.splitBy ? { splitBy: older.splitBy.how, splitColumn: older.splitBy.column } : {}),
    }
  return {
    ...shared,
    key: choice.splitBy === 'hash' ? [...choice.key] : [],
    ...(choice.splitBy === 'hash'
      ? {}
      : { splitBy: choice.splitBy, ...(choice.splitColumn ? { splitColumn: choice.splitColumn } : {}) }),
    ...(choice.splitBy === 'column'
      ? {}
      : {
          train: choice.train / 100,
          eval: choice.eval / 100,
          test: Math.round(100 - choice.train - choice.eval) / 100,
        }),
  }
}

/** What an append keeps, in a sentence. */
export const keptSplit = (older: DatasetVersion): string =>
  `Rows come to their splits as in v${older.number}: ${splitWords(older)}.`
