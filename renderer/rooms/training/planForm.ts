import { Name, Plan } from '#contract'

/** The new-run form as it stands: what a person typed, not yet a plan. */
export interface PlanDraft {
  dataset: string
  label: string
  /** `auto`: classes for texts, booleans and few whole numbers, else a number. */
  task: NonNullable<Plan['task']> | 'auto'
  without: string[]
  /** A saved transform; empty: what is suggested. */
  transform: string
  /** A saved slice of the dataset; empty: all rows. */
  slice: string
  name: string
  layers: string
  epochs: number | null
  batch: number | null
  learningRate: number | null
  dropout: number | null
  patience: number | null
  seed: number | null
  backend: Plan['backend']
  trainer: string
  target: string
}

/** What is wrong with a field, in one sentence; a field that is not in here is fine. */
export type PlanProblems = Partial<Record<keyof PlanDraft, string>>

/** Units of the dense layers as they are typed: "100-70-50-25", also with commas or spaces; "none" or empty: no layer. */
export function readLayers(text: string): number[] | null {
  const trimmed = text.trim().toLowerCase()
  if (!trimmed || trimmed === 'none') return []
  const parts = trimmed.split(/\s*[-,;\s]\s*/).filter(Boolean)
  if (parts.length > 32 || parts.some(part => !/^\d{1,4}$/.test(part))) return null
  const units = parts.map(Number)
  return units.every(unit => unit >= 1 && unit <= 8192) ? units : null
}

const defaults = () => Plan.parse({ dataset: 'd', label: 'l', name: 'n' })

/** A fresh form, filled with the contract's defaults and with whatever a sample or an earlier run knows. */
export function draftOf(known: Partial<Plan> = {}): PlanDraft {
  const { dataset: _d, label: _l, name: _n, ...rest } = defaults()
  const plan = { ...rest, ...known }
  return {
    dataset: known.dataset ?? '',
    label: known.label ?? '',
    task: plan.task ?? 'auto',
    without: [...plan.without],
    transform: plan.transform ?? '',
    slice: plan.slice ?? '',
    name: known.name ?? '',
    layers: plan.layers.join('-'),
    epochs: plan.epochs,
    batch: plan.batch,
    learningRate: plan.learningRate,
    dropout: plan.dropout,
    patience: plan.patience,
    seed: plan.seed,
    backend: plan.backend,
    trainer: plan.trainer,
    target: plan.target,
  }
}

const NUMBERS: [keyof PlanDraft & keyof Plan, string][] = [
  ['epochs', 'Give a whole number from 1 to 100,000'],
  ['batch', 'Give a whole number from 1 to 65,536'],
  ['learningRate', 'Give a number above 0, at most 10'],
  ['dropout', 'Give a share from 0 to 0.9'],
  ['patience', 'Give a whole number, 0 for never'],
  ['seed', 'Give a whole number from 0 to 2,147,483,647'],
]

/** Reads the form. The limits are the contract's own; only the sentences are written here. */
export function readDraft(
  draft: PlanDraft,
  columns: string[] = [],
): { plan: Plan | null; problems: PlanProblems } {
  const problems: PlanProblems = {}
  if (!draft.dataset) problems.dataset = 'Choose the data to train on'
  if (!draft.label) problems.label = 'Choose the column to predict'
  else if (columns.length && !columns.includes(draft.label))
    problems.label = `This dataset has no column ${draft.label}`
  if (!Name.safeParse(draft.name).success)
    problems.name = draft.name
      ? 'Use letters, digits, spaces, - _ or ., up to 80, and begin with a letter or digit'
      : 'Give the model a name'
  const layers = readLayers(draft.layers)
  if (!layers) problems.layers = 'Give whole numbers from 1 to 8,192 with - between them, up to 32'
  for (const [field, sentence] of NUMBERS)
    if (!Plan.shape[field].safeParse(draft[field] ?? Number.NaN).success) problems[field] = sentence
  const left = columns.filter(column => column !== draft.label && !draft.without.includes(column))
  if (columns.length && draft.label && !left.length)
    problems.without = 'Keep at least one column to learn from'
  if (Object.keys(problems).length) return { plan: null, problems }
  const read = Plan.safeParse({
    ...draft,
    task: draft.task === 'auto' ? undefined : draft.task,
    transform: draft.transform || undefined,
    slice: draft.slice || undefined,
    without: draft.without.filter(column => column !== draft.label),
    layers: layers ?? [],
  })
  return read.success
    ? { plan: read.data, problems }
    : { plan: null, problems: { dataset: read.error.issues[0]?.message } }
}
