import { Name, Plan, type TargetKind } from '#contract'
import { readLayers } from './planLayers.ts'
import { readSearch, type SearchDraft, type SearchWanted, searchDraft } from './planSearch.ts'
import { readSpace, rowsOf, type SpaceRow } from './planSpace.ts'
import { can, type Resource } from './planTargets.ts'
import { OWN, type TrainerChoice } from './planTrainers.ts'
import { readWeights, weightsText } from './planWeights.ts'

export { readLayers } from './planLayers.ts'

/** What is asked for: a plan, or a search over plans. */
export type Wanted = Plan & SearchWanted

/** The new-run form as it stands: what a person typed, not yet a plan. */
export interface PlanDraft extends SearchDraft {
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
  /** One of the engine's, or `own`: a program of one's own. */
  trainer: string
  layers: string
  epochs: number | null
  batch: number | null
  learningRate: number | null
  dropout: number | null
  patience: number | null
  seed: number | null
  schedule: Plan['schedule']
  warmup: number | null
  /** `named`: by the weights that are typed. */
  classWeights: Plan['classWeights'] | 'named'
  /** "rare=5, common=1". */
  weights: string
  time: string
  group: string
  window: number | null
  size: number | null
  flip: boolean
  backbone: string
  script: string
  image: string
  network: boolean
  target: string
  backend: Plan['backend']
  /** `all`, a number, or `device=0,2`; empty: none. */
  gpus: string
  workers: number | null
  memoryMb: number | null
  cpus: number | null
  shmMb: number | null
  mixedPrecision: boolean
  priority: number | null
  hparams: SpaceRow[]
}

/** What is wrong with a field, in one sentence; a field that is not in here is fine. */
export type PlanProblems = Partial<Record<keyof PlanDraft, string>>

/** What the form knows of what was chosen in it. */
export interface Around {
  /** The trainers that the engine has; none: not known yet. */
  trainers?: readonly TrainerChoice[]
  targetKind?: TargetKind
}

const defaults = () => Plan.parse({ dataset: 'd', label: 'l', name: 'n' })

/** Hyper-parameters that a plan's own fields say already: the trainer has set them when the run began. */
const isField = (name: string): boolean => {
  const spelled = name.replace(/[_-](\w)/g, (_, letter: string) => letter.toUpperCase())
  return ['lr', 'batchSize', 'hiddenUnits', 'units'].includes(spelled) || Object.hasOwn(Plan.shape, spelled)
}

/** A fresh form, filled with the contract's defaults and with whatever a sample or an earlier run knows. */
export function draftOf(known: Partial<Wanted> = {}): PlanDraft {
  const { dataset: _d, label: _l, name: _n, ...rest } = defaults()
  const plan = { ...rest, ...known }
  const isOwn = plan.script !== undefined || plan.image !== undefined
  const search = searchDraft(known)
  return {
    ...search,
    dataset: known.dataset ?? '',
    label: known.label ?? '',
    task: plan.task ?? 'auto',
    without: [...plan.without],
    transform: plan.transform ?? '',
    slice: plan.slice ?? '',
    name: known.name ?? '',
    trainer: isOwn ? OWN : plan.trainer,
    layers: plan.layers.join('-'),
    epochs: plan.epochs,
    batch: plan.batch,
    learningRate: plan.learningRate,
    dropout: plan.dropout,
    patience: plan.patience,
    seed: plan.seed,
    schedule: plan.schedule,
    warmup: plan.warmup,
    classWeights: plan.weights ? 'named' : plan.classWeights,
    weights: weightsText(plan.weights ?? {}),
    time: plan.time ?? '',
    group: plan.group ?? '',
    window: plan.window ?? null,
    size: plan.size ?? null,
    flip: plan.flip,
    backbone: plan.backbone ?? '',
    script: plan.script ?? '',
    image: plan.image ?? '',
    network: plan.network,
    target: plan.target,
    backend: plan.backend,
    gpus: plan.gpus ?? '',
    workers: plan.workers,
    memoryMb: plan.memoryMb ?? null,
    cpus: plan.cpus ?? null,
    shmMb: plan.shmMb ?? null,
    mixedPrecision: plan.mixedPrecision,
    priority: plan.priority,
    hparams: rowsOf(plan.hparams, search.search).filter(
      ({ name }) => isOwn || search.search !== 'none' || !isField(name),
    ),
  }
}

/** Numbers of a plan and what each may be; those that are optional may stay empty. */
const NUMBERS: [keyof PlanDraft & keyof Plan, string][] = [
  ['epochs', 'Give a whole number from 1 to 100,000'],
  ['batch', 'Give a whole number from 1 to 65,536'],
  ['learningRate', 'Give a number above 0, at most 10'],
  ['dropout', 'Give a share from 0 to 0.9'],
  ['patience', 'Give a whole number, 0 for never'],
  ['seed', 'Give a whole number from 0 to 2,147,483,647'],
  ['warmup', 'Give epochs from 0 to 10,000'],
  ['window', 'Give a whole number from 2 to 1,000'],
  ['size', 'Give a whole number of pixels from 8 to 512'],
  ['workers', 'Give a whole number from 1 to 64'],
  ['memoryMb', 'Give at least 64 MB'],
  ['cpus', 'Give a number above 0, at most 1,024'],
  ['shmMb', 'Give at least 1 MB'],
  ['priority', 'Give a whole number from -100 to 100'],
]
/** Of them, what a program of one's own decides by itself. */
const OF_TRAINER = new Set<string>([
  ...['epochs', 'batch', 'learningRate', 'dropout', 'patience', 'warmup', 'window', 'size'],
])
const RESOURCES: Resource[] = [
  ...(['backend', 'script', 'image', 'network', 'gpus', 'workers'] as const),
  ...(['memoryMb', 'cpus', 'shmMb', 'mixedPrecision'] as const),
]
/** Fields that belong to some trainers only; a plan of another has none of them. */
const BY_TRAINER = ['layers', 'dropout', 'time', 'group', 'window', 'size', 'flip', 'backbone'] as const

/** Fields that are asked for, by what was chosen: of the trainer and of the target. */
export function fieldsOf(draft: PlanDraft, { trainers = [], targetKind = 'local' }: Around) {
  const isOwn = draft.trainer === OWN
  const chosen = trainers.find(({ name }) => name === draft.trainer)
  const uses = (field: string): boolean => {
    if (isOwn) return field === 'seed'
    if (!chosen) return !BY_TRAINER.includes(field as never) || field === 'layers' || field === 'dropout'
    return chosen.uses.includes(field)
  }
  const follows = (resource: Resource): boolean => {
    if ((resource === 'script' || resource === 'image' || resource === 'network') && !isOwn)
      return resource === 'network' && can(targetKind, 'network')
    if (resource === 'backend' && isOwn) return false
    return can(targetKind, resource)
  }
  return { isOwn, chosen, uses, follows }
}

/** Reads the form. The limits are the contract's own; only the sentences are written here. */
export function readDraft(
  draft: PlanDraft,
  columns: string[] = [],
  around: Around = {},
): { plan: Wanted | null; problems: PlanProblems; rows: Record<number, string> } {
  const problems: PlanProblems = {}
  const { isOwn, chosen, uses, follows } = fieldsOf(draft, around)
  const wanted: Record<string, unknown> = { ...draft }

  if (!draft.dataset) problems.dataset = 'Choose the data to train on'
  if (!draft.label) problems.label = 'Choose the column to predict'
  else if (columns.length && !columns.includes(draft.label))
    problems.label = `This dataset has no column ${draft.label}`
  if (!Name.safeParse(draft.name).success)
    problems.name = draft.name
      ? 'Use letters, digits, spaces, - _ or ., up to 80, and begin with a letter or digit'
      : 'Give the model a name'
  const left = columns.filter(column => column !== draft.label && !draft.without.includes(column))
  if (columns.length && draft.label && !left.length && !isOwn && chosen?.suits !== 'images')
    problems.without = 'Keep at least one column to learn from'

  for (const field of [...BY_TRAINER, ...OF_TRAINER])
    if (isOwn || (chosen && !uses(field))) delete wanted[field]
  for (const resource of RESOURCES) if (!follows(resource)) delete wanted[resource]
  // Empty is not said.
  for (const [field, value] of Object.entries(wanted))
    if ((value === '' || value === null) && Plan.shape[field as keyof Plan]?.safeParse(undefined).success)
      if (!isRequired(field)) delete wanted[field]

  if ('layers' in wanted || (!isOwn && uses('layers'))) {
    wanted.layers = readLayers(draft.layers)
    if (!wanted.layers) problems.layers = 'Give whole numbers from 1 to 8,192 with - between them, up to 32'
  }
  for (const [field, sentence] of NUMBERS)
    if (field in wanted && !Plan.shape[field].safeParse(wanted[field] ?? Number.NaN).success)
      problems[field] = sentence
  if (uses('time') && chosen && !draft.time) problems.time = 'Choose the column that says when a row was'
  if (draft.group && draft.group === draft.time && uses('group'))
    problems.group = 'The column of times cannot tell the series apart'
  if (uses('backbone') && chosen && !draft.backbone.trim())
    problems.backbone = 'Name a model file or a run, such as run-1'
  if (isOwn) readProgram(draft, around, problems)
  if ('gpus' in wanted && !Plan.shape.gpus.safeParse(draft.gpus.trim()).success)
    problems.gpus = 'Give all, a number, or device= with ids, such as device=0,2'

  delete wanted.weights
  if (isOwn) delete wanted.classWeights
  else if (draft.classWeights === 'named') {
    wanted.classWeights = 'none'
    wanted.weights = readWeights(draft.weights)
    if (!wanted.weights) problems.weights = 'Give each class its weight, such as rare=5, common=1'
  }

  const space = readSpace(draft.hparams, draft.search, {
    own: Object.keys(chosen?.hparams ?? {}),
    program: isOwn,
  })
  if (Object.keys(space.problems).length) problems.hparams = 'Some of the values cannot be read'
  else if (draft.search !== 'none' && !space.varied)
    problems.hparams = 'Say what to try: a list or a range of at least one value'
  const varies = draft.search !== 'none' && draft.hparams.some(({ name }) => name.trim() === 'epochs')
  const search = readSearch(draft, { isOwn, task: draft.task, epochs: varies ? null : draft.epochs })
  Object.assign(problems, search.problems)

  if (Object.keys(problems).length) return { plan: null, problems, rows: space.problems }
  const read = Plan.safeParse({
    ...trimmed(wanted),
    task: draft.task === 'auto' ? undefined : draft.task,
    trainer: isOwn ? undefined : draft.trainer,
    without: draft.without.filter(column => column !== draft.label),
    hparams: space.hparams,
  })
  return read.success
    ? { plan: { ...read.data, ...search.wanted }, problems, rows: {} }
    : { plan: null, problems: { dataset: read.error.issues[0]?.message }, rows: {} }
}

/** Has a default, but a person who empties it is asked for it. */
const isRequired = (field: string): boolean =>
  ['epochs', 'batch', 'learningRate', 'dropout', 'patience', 'seed', 'layers', 'workers', 'warmup'].includes(
    field,
  )

const trimmed = (wanted: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(wanted).map(([field, value]) => [field, typeof value === 'string' ? value.trim() : value]),
  )

function readProgram(draft: PlanDraft, { targetKind = 'local' }: Around, problems: PlanProblems): void {
  if (targetKind === 'webgpu')
    problems.trainer = 'The GPU of this computer is used by our own trainers only; choose another target'
  else if (draft.image.trim() && !can(targetKind, 'image'))
    problems.image = 'This target runs no containers; choose one that does, or leave the image out'
  else if (!draft.script.trim() && !(draft.image.trim() && can(targetKind, 'image')))
    problems.script = can(targetKind, 'image')
      ? 'Give a script, a container image, or both'
      : 'Give the path of a script'
}

/** Columns to leave out, for a plan that says which to learn from. */
export const withoutOf = (
  { features, without = [], label }: Partial<Pick<Plan, 'features' | 'without' | 'label'>>,
  columns: readonly string[],
): string[] =>
  features && columns.length
    ? columns.filter(column => column !== label && (!features.includes(column) || without.includes(column)))
    : [...without]
