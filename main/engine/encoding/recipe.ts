import type { Column, ColumnType, FeatureRecipe, Recipe, StepKind, TransformStep } from '#contract'
import { fail } from '../kit/index.ts'

const NUMBERS: ColumnType[] = ['integer', 'float']
const MOMENTS: ColumnType[] = ['date', 'timestamp']
const CATEGORIES: ColumnType[] = ['text', 'boolean', ...NUMBERS]

/** The types of column that a step takes. */
const TAKES: Record<StepKind, ColumnType[]> = {
  suggested: [...CATEGORIES, ...MOMENTS],
  'leave-out': [...CATEGORIES, ...MOMENTS],
  number: NUMBERS,
  buckets: NUMBERS,
  vocabulary: CATEGORIES,
  hash: CATEGORIES,
  tokens: ['text'],
  date: MOMENTS,
  cross: CATEGORIES,
  window: NUMBERS,
}

const TITLES: Record<StepKind, string> = {
  suggested: 'The suggested step',
  'leave-out': 'Leaving out',
  number: 'Scaling',
  buckets: 'Bucketizing',
  vocabulary: 'A vocabulary',
  hash: 'Hashing',
  tokens: 'Taking words',
  date: 'Taking date parts',
  cross: 'A cross',
  window: 'A window',
}

/** Whether a step can be made of columns of such a type. */
export const stepTakes = (step: StepKind, type: ColumnType): boolean => TAKES[step].includes(type)

/** A feature of a recipe with its columns as they are in the data. */
export interface PlannedFeature {
  name: string
  columns: Column[]
  step: TransformStep
  missing: FeatureRecipe['missing']
}

const SUGGESTED = { step: { kind: 'suggested' }, missing: { fill: 'own', indicator: false } } as const

/** Of a column nobody made a feature of. */
const suggested = (column: Column): PlannedFeature => ({
  name: column.name,
  columns: [column],
  ...SUGGESTED,
})

/** Steps that stand beside what their columns become by themselves. */
const isBeside = ({ kind }: TransformStep) => kind === 'cross' || kind === 'window'

/** All columns that a feature reads, the time and the group of a window among them. */
export const columnsRead = ({ columns, step }: FeatureRecipe): string[] =>
  step.kind === 'window' ? [...columns, step.time, ...(step.group ? [step.group] : [])] : columns

/**
 * What a recipe means for columns: its features in the order of the columns, each column that nobody chose a step for
 * with what is suggested, then crosses and windows.
 * @param left columns of the data that are not to be learned from, the label among them; a feature made of one of them
 * is not made
 * @param label one of `left`, the one to predict: a window without the row itself may hold its past, since what is to be
 * predicted is never in it
 * @throws Failure `bad-input` with the feature: an unknown column, a type that a step does not take, two of one name
 */
export function planOf(
  recipe: Recipe,
  columns: readonly Column[],
  left: ReadonlySet<string> = new Set(),
  label?: string,
): { features: PlannedFeature[]; leftOut: { name: string; reason: string }[] } {
  const byName = new Map(columns.map(column => [column.name, column]))
  const leftOut: { name: string; reason: string }[] = []
  const made = new Map<string, PlannedFeature[]>()
  const beside: PlannedFeature[] = []
  const names = new Set<string>()
  for (const feature of recipe.features) {
    if (names.has(feature.name))
      throw fail(
        'bad-input',
        `Two features of the transform are named "${feature.name}".`,
        'Give each feature a name of its own.',
      )
    names.add(feature.name)
    const gone = columnsRead(feature).find(
      (name, i) => left.has(name) && !(i === 0 && isPast(feature, label)),
    )
    if (gone !== undefined) {
      if (isBeside(feature.step))
        leftOut.push({
          name: feature.name,
          reason:
            gone === label && feature.step.kind === 'window'
              ? `it holds "${gone}" of the row itself, which is to be predicted`
              : `its column "${gone}" is not learned from`,
        })
      continue
    }
    const planned = check(feature, byName)
    if (feature.missing.fill === 'drop' && feature.columns[0] === label)
      throw fail(
        'bad-input',
        `The feature "${feature.name}" cannot drop rows by "${label}", which a device does not know yet.`,
        'Let its missing values have a place of their own.',
      )
    if (isBeside(feature.step)) beside.push(planned)
    else {
      const [column] = planned.columns as [Column]
      made.set(column.name, [...(made.get(column.name) ?? []), planned])
    }
  }
  const own = columns.flatMap((column): PlannedFeature[] => {
    if (left.has(column.name)) return []
    const chosen = made.get(column.name)
    if (chosen) {
      const kept = chosen.filter(({ step }) => step.kind !== 'leave-out')
      if (kept.length === 0) leftOut.push({ name: column.name, reason: 'the transform leaves it out' })
      return kept
    }
    if (recipe.others === 'suggested') return [suggested(column)]
    leftOut.push({ name: column.name, reason: 'the transform leaves it out' })
    return []
  })
  // A suggested feature must not take the name that a chosen one of another column has.
  for (const feature of own)
    if (
      feature.step.kind === 'suggested' &&
      names.has(feature.name) &&
      !made.has(feature.columns[0]?.name ?? '')
    )
      throw fail(
        'bad-input',
        `The feature "${feature.name}" has the name of another column.`,
        'Give the feature another name.',
      )
  return { features: [...own, ...beside], leftOut }
}

/** Whether a feature is a window over what the label was before, and over nothing else of the label. */
const isPast = ({ columns, step }: FeatureRecipe, label: string | undefined): boolean =>
  step.kind === 'window' &&
  !step.current &&
  columns[0] === label &&
  step.time !== label &&
  step.group !== label

function check(feature: FeatureRecipe, byName: Map<string, Column>): PlannedFeature {
  const { name, step, missing } = feature
  const columns = columnsRead(feature).map(read => {
    const column = byName.get(read)
    if (column) return column
    const near = [...byName.keys()].find(other => other.toLowerCase() === read.toLowerCase())
    throw fail(
      'bad-input',
      `The transform makes "${name}" of the column "${read}", which this data does not have.`,
      near ? `Did you mean "${near}"?` : `Its columns are ${[...byName.keys()].slice(0, 20).join(', ')}.`,
    )
  })
  const refuse = (what: string, remedy: string) => {
    throw fail('bad-input', `The feature "${name}" ${what}.`, remedy)
  }
  const own = columns.slice(0, feature.columns.length)
  const isCross = step.kind === 'cross'
  if (isCross && (own.length < 2 || new Set(own).size < own.length))
    refuse('crosses fewer than two columns', 'Choose two or three different columns to cross.')
  if (!isCross && own.length !== 1)
    refuse('is made of several columns', 'Only a cross takes several columns.')
  for (const { name: column, type } of own)
    if (!stepTakes(step.kind, type))
      throw fail(
        'bad-input',
        `${TITLES[step.kind]} does not work for "${column}", which holds ${wordsOf(type)}.`,
        `Choose another step for "${name}".`,
      )
  if (step.kind === 'window') {
    const [, time, group] = columns
    if (time && ![...MOMENTS, ...NUMBERS].includes(time.type))
      refuse(
        `takes its time from "${time.name}", which holds ${wordsOf(time.type)}`,
        'Choose a column of times.',
      )
    if (group && !CATEGORIES.includes(group.type))
      refuse(`is grouped by "${group.name}", which holds ${wordsOf(group.type)}`, 'Choose another column.')
    if (step.rows === undefined && step.seconds === undefined)
      refuse('does not say how far its window reaches', 'Give a number of rows, or of seconds.')
    if (step.figures.includes('values') && step.rows === undefined)
      refuse('takes the values of its window, and not how many', 'Give a number of rows.')
  }
  if (step.kind === 'buckets' && step.by === 'edges' && !step.edges?.length)
    refuse('has no edges', 'Give the edges of its ranges.')
  if (step.kind === 'date' && own[0]?.type === 'date' && step.parts.includes('hour'))
    refuse('asks for the hour of a date', 'Leave the hour out: a date has no time of day.')
  if (step.kind === 'number' && step.clip) {
    const { by, low, high } = step.clip
    if (low !== null && high !== null && low >= high)
      refuse('is clipped to nothing', 'Give a lower limit that is below the upper one.')
    const isShare = (at: number | null) => at === null || (at >= 0 && at <= 1)
    if (by === 'quantiles' && !(isShare(low) && isShare(high)))
      refuse('is clipped by quantiles that are no shares', 'Give quantiles from 0 to 1.')
  }
  checkMissing(feature, own)
  return { name, columns, step, missing }
}

function checkMissing({ name, step, missing: { fill, value } }: FeatureRecipe, own: Column[]): void {
  const type = own[0]?.type as ColumnType
  const refuse = (what: string, remedy: string) => {
    throw fail('bad-input', `The feature "${name}" ${what}.`, remedy)
  }
  if (isBeside(step) && fill !== 'own' && fill !== 'drop')
    refuse('cannot fill missing values', 'Crosses and windows have a place of their own for them.')
  if ((fill === 'mean' || fill === 'median') && !NUMBERS.includes(type))
    refuse(`has no ${fill}, as "${own[0]?.name}" holds ${wordsOf(type)}`, 'Fill it with a constant.')
  if (fill !== 'constant') return
  const fits =
    typeof value === 'number'
      ? NUMBERS.includes(type) && Number.isFinite(value)
      : typeof value === 'boolean'
        ? type === 'boolean'
        : typeof value === 'string' && (type === 'text' || MOMENTS.includes(type))
  if (!fits)
    refuse(
      `is filled with ${value === undefined ? 'nothing' : JSON.stringify(value)}`,
      `Give a value for "${own[0]?.name}", which holds ${wordsOf(type)}.`,
    )
}

const WORDS: Record<ColumnType, string> = {
  integer: 'whole numbers',
  float: 'numbers',
  boolean: 'true and false',
  text: 'texts',
  date: 'dates',
  timestamp: 'times',
}
const wordsOf = (type: ColumnType) => WORDS[type]
