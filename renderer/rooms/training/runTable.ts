import type { Run, RunColumn, RunOrigin, RunRow, RunValue } from '#contract'
import { age, bytes, count, duration, figure, fixed, moment, NONE, percent } from '../../ui/format.ts'
import type { Sort } from '../../ui/types.ts'
import { figureOf, figureTitle, isShare } from './metricFamilies.ts'

/** The lists that runs are looked at by. Pinned ones are those of the open list that were pinned. */
export type ShelfView = 'open' | 'pinned' | 'archive' | 'bin'

/** What a person looks for in the table of runs. */
export interface RunTableView {
  /** Runs of the dataset that the window is on, or all of the workspace. */
  scope: 'dataset' | 'all'
  shelf: ShelfView
  text: string
  states: Run['state'][]
  origins: RunOrigin[]
  tags: string[]
  /** Runs of one search only. */
  search: string | null
  sort: Sort | null
  columns: RunColumn[]
}

/** The columns that stand there before anyone chose. */
export const FIRST_COLUMNS: readonly RunColumn[] = ['epochs', 'most:eval_accuracy', 'least:eval_loss']

/** Columns of a run's own that can be chosen. */
export const OWN_COLUMNS: readonly { column: RunColumn; label: string }[] = [
  { column: 'epochs', label: 'Epochs' },
  { column: 'seconds', label: 'Time' },
  { column: 'target', label: 'Ran on' },
  { column: 'trainer', label: 'Trainer' },
  { column: 'dataset', label: 'Data' },
  { column: 'rows', label: 'Rows' },
  { column: 'parameters', label: 'Parameters' },
  { column: 'bytes', label: 'Size' },
  { column: 'origin', label: 'Origin' },
  { column: 'endedAt', label: 'Ended' },
]

/** Settings of a plan that can be a column; those of `hparams` are told by the engine. */
export const PLAN_COLUMNS = [
  ...['learningRate', 'batch', 'layers', 'dropout', 'patience', 'seed', 'schedule', 'warmup', 'classWeights'],
  ...['workers', 'transform', 'slice', 'label', 'script', 'image'],
]

export const ORIGIN_WORD: Record<RunOrigin, string> = {
  trained: 'Trained here',
  script: 'Own program',
  imported: 'Brought in',
}

/** "learningRate" -> "Learning rate" */
export function settingTitle(name: string): string {
  if (/[^A-Za-z0-9_ ]/.test(name)) return name
  return figureTitle(name.replace(/([a-z0-9])([A-Z])/g, (_, a, b) => `${a} ${b.toLowerCase()}`))
}

/** The words of a figure's key: `eval_loss` -> "Eval loss". */
export function keyTitle(key: string): string {
  const { name, side } = figureOf(key)
  if (name === key) return figureTitle(key)
  const title = figureTitle(name)
  return `${side === 'eval' ? 'Eval' : 'Train'} ${/^[A-Z][a-z]/.test(title) ? title[0]?.toLowerCase() + title.slice(1) : title}`
}

const WHICH: Record<string, string> = { last: 'last', least: 'least', most: 'most' }

/** The head of a column. */
export function columnTitle(column: RunColumn): { label: string; help: string } {
  const at = column.indexOf(':')
  if (at < 0) {
    const label = OWN_COLUMNS.find(own => own.column === column)?.label ?? settingTitle(column)
    return { label, help: label }
  }
  const [kind, name] = [column.slice(0, at), column.slice(at + 1)]
  if (kind === 'param') return { label: settingTitle(name), help: `The setting ${name}` }
  return { label: keyTitle(name), help: `The ${WHICH[kind]} ${name}` }
}

const UNIT: Record<string, (value: number) => string> = {
  seconds: value => duration(value * 1000),
  bytes,
  rows: count,
  parameters: count,
  epochs: count,
}

/** A cell in words. */
export function cellText(column: RunColumn, value: RunValue): string {
  if (value === null) return column === 'dataset' ? 'not known' : NONE
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (column === 'endedAt' || column === 'at') return moment(String(value))
  if (column === 'origin') return ORIGIN_WORD[value as RunOrigin] ?? String(value)
  if (column === 'target') return value === 'local' ? 'This computer' : String(value)
  if (typeof value === 'string')
    return /^\[[\d,\s.]+\]$/.test(value) ? value.slice(1, -1).replaceAll(',', '-') : value
  const unit = UNIT[column]
  if (unit) return unit(value)
  if (column.startsWith('param:')) return String(value)
  if (isShare(column) && value >= 0 && value <= 1) return percent(value)
  const size = Math.abs(value)
  // the same decimals down a column, as far as they say anything
  return isFigure(column) && size < 100 && (size === 0 || size >= 0.001) ? fixed(value, 4) : figure(value)
}

/** Whether a column holds figures, as its name says. */
export const isFigure = (column: RunColumn): boolean => /^(last|least|most):/.test(column) || column in UNIT

/** px */
export const columnWidth = (column: RunColumn): number =>
  column === 'epochs' || column === 'seconds' ? 76 : isFigure(column) ? 96 : 120

/** What the engine is asked for a page. `dataset` is the one that the window is on. */
export function questionOf(view: RunTableView, dataset: string | null) {
  return {
    shelf: view.shelf === 'pinned' ? ('open' as const) : view.shelf,
    ...(view.shelf === 'pinned' && { pinned: true }),
    ...(view.text.trim() && { text: view.text.trim().slice(0, 200) }),
    ...(view.scope === 'dataset' && dataset !== null && { dataset }),
    ...(view.states.length && { state: view.states }),
    ...(view.origins.length && { origin: view.origins }),
    ...(view.tags.length && { tags: view.tags }),
    ...(view.search !== null && { search: view.search }),
    sort: (view.sort?.key ?? 'at') as RunColumn,
    descending: view.sort ? view.sort.dir === 'desc' : true,
    columns: view.columns,
  }
}

/** How many filters narrow the list, besides its shelf and the text. */
export const narrowedBy = (view: RunTableView): number =>
  view.states.length + view.origins.length + view.tags.length + (view.search === null ? 0 : 1)

export const rowAge = (row: RunRow, now: number): string => age(row.at, now)
