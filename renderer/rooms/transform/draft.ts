import type { ColumnType, FeatureRecipe, MissingPolicy, Recipe, StepKind, TransformStep } from '#contract'

/** What a column would become if nobody chose anything. */
export interface Suggestion {
  name: string
  type: ColumnType
  step: TransformStep
  width: number
  words: string
}

/** A line of the page: a feature that a person chose, or what is suggested for a column. */
export interface DraftRow {
  /** The feature's name; the column's where it is suggested. */
  name: string
  columns: string[]
  types: ColumnType[]
  feature: FeatureRecipe
  /** Nobody chose it. */
  suggested: boolean
  suggestion: Suggestion | null
}

const OWN: MissingPolicy = { fill: 'own', indicator: false }

/** Steps that stand beside what their columns become by themselves. */
export const isBeside = (kind: StepKind): boolean => kind === 'cross' || kind === 'window'

const isNumber = (type: ColumnType) => type === 'integer' || type === 'float'
const isMoment = (type: ColumnType) => type === 'date' || type === 'timestamp'

/** The steps that a column of a type can take, the usual ones first. */
export const stepsFor = (type: ColumnType): StepKind[] =>
  isMoment(type)
    ? ['suggested', 'date', 'leave-out']
    : isNumber(type)
      ? ['suggested', 'number', 'buckets', 'vocabulary', 'hash', 'leave-out']
      : ['suggested', 'vocabulary', 'hash', ...(type === 'text' ? (['tokens'] as const) : []), 'leave-out']

/** The ways in which a missing cell of a column of a type can be filled. */
export const fillsFor = (kind: StepKind, type: ColumnType): MissingPolicy['fill'][] =>
  isBeside(kind)
    ? ['own', 'drop']
    : isNumber(type)
      ? ['own', 'mean', 'median', 'most-frequent', 'constant', 'drop']
      : ['own', 'most-frequent', 'constant', 'drop']

/** A step of a kind as it begins; what is suggested where the suggestion is of that kind. */
export function stepOf(kind: StepKind, suggestion: Suggestion | null): TransformStep {
  if (suggestion?.step.kind === kind) return suggestion.step
  switch (kind) {
    case 'number':
      return { kind, scale: 'standard' }
    case 'buckets':
      return { kind, by: 'quantiles', count: 10, as: 'one-hot' }
    case 'vocabulary':
      return { kind, most: 100, least: 1, as: 'one-hot' }
    case 'hash':
      return { kind, buckets: 64, as: 'one-hot' }
    case 'tokens':
      return { kind, by: 'vocabulary', most: 5000, least: 2, length: 64 }
    case 'date':
      return { kind, parts: ['trend', 'month', 'weekday'], as: 'cycle' }
    case 'cross':
      return { kind, buckets: 256, bins: 10, as: 'one-hot' }
    case 'window':
      return { kind, time: '', figures: ['mean'], rows: 10, lateness: 0, current: true }
    default:
      return { kind }
  }
}

const suggestedFeature = ({ name }: Suggestion): FeatureRecipe => ({
  name,
  columns: [name],
  step: { kind: 'suggested' },
  missing: OWN,
})

/** The lines of a recipe: in the order of the columns, then crosses and windows. */
export function rowsOf(recipe: Recipe, suggestions: readonly Suggestion[]): DraftRow[] {
  const byName = new Map(suggestions.map(each => [each.name, each]))
  const rowOf = (feature: FeatureRecipe, suggested: boolean): DraftRow => ({
    name: feature.name,
    columns: feature.columns,
    types: feature.columns.map(name => byName.get(name)?.type ?? 'text'),
    feature,
    suggested,
    suggestion: isBeside(feature.step.kind) ? null : (byName.get(feature.columns[0] ?? '') ?? null),
  })
  const own = suggestions.flatMap(suggestion => {
    const chosen = recipe.features.filter(
      ({ columns, step }) => columns[0] === suggestion.name && !isBeside(step.kind),
    )
    return chosen.length
      ? chosen.map(feature => rowOf(feature, false))
      : [rowOf(suggestedFeature(suggestion), true)]
  })
  const beside = recipe.features.filter(({ step }) => isBeside(step.kind))
  return [...own, ...beside.map(feature => rowOf(feature, false))]
}

/** The recipe with a feature put in place of the one of the name; what is as suggested is no choice. */
export function withFeature(recipe: Recipe, name: string, feature: FeatureRecipe): Recipe {
  const isChoice =
    feature.step.kind !== 'suggested' || feature.missing.fill !== 'own' || feature.missing.indicator
  const others = recipe.features.filter(each => each.name !== name)
  if (!isChoice) return { ...recipe, features: others }
  const at = recipe.features.findIndex(each => each.name === name)
  return {
    ...recipe,
    features: at < 0 ? [...others, feature] : recipe.features.map((each, i) => (i === at ? feature : each)),
  }
}

export const withoutFeature = (recipe: Recipe, name: string): Recipe => ({
  ...recipe,
  features: recipe.features.filter(each => each.name !== name),
})

/** A name that no feature and no column has. */
export function freeName(wanted: string, rows: readonly DraftRow[]): string {
  const taken = new Set(rows.flatMap(row => [row.name, ...row.columns]))
  if (!taken.has(wanted)) return wanted
  let number = 2
  while (taken.has(`${wanted} ${number}`)) number++
  return `${wanted} ${number}`
}

/** A new cross of the first two columns that can be crossed; null where there are not two. */
export function newCross(
  suggestions: readonly Suggestion[],
  rows: readonly DraftRow[],
): FeatureRecipe | null {
  const columns = suggestions.filter(({ type }) => !isMoment(type))
  const liked = [
    ...columns.filter(({ type }) => !isNumber(type)),
    ...columns.filter(({ type }) => isNumber(type)),
  ]
  const [a, b] = liked
  return a && b
    ? {
        name: freeName(`${a.name} and ${b.name}`, rows),
        columns: [a.name, b.name],
        step: stepOf('cross', null),
        missing: OWN,
      }
    : null
}

/** Columns that can say when a row was: moments first, then numbers, which count as seconds. */
export const timesOf = (suggestions: readonly Suggestion[]): Suggestion[] => [
  ...suggestions.filter(({ type }) => isMoment(type)),
  ...suggestions.filter(({ type }) => isNumber(type)),
]

/** A new window over the first number by the first time; null where one of them is missing. */
export function newWindow(
  suggestions: readonly Suggestion[],
  rows: readonly DraftRow[],
): FeatureRecipe | null {
  const [time] = timesOf(suggestions)
  const value = suggestions.find(
    ({ name, type, step }) => isNumber(type) && name !== time?.name && step.kind !== 'leave-out',
  )
  return time && value
    ? {
        name: freeName(`${value.name} lately`, rows),
        columns: [value.name],
        step: { ...stepOf('window', null), time: time.name } as TransformStep,
        missing: OWN,
      }
    : null
}

export const sameRecipe = (a: Recipe, b: Recipe): boolean => JSON.stringify(a) === JSON.stringify(b)
