import type { ColumnType, Comparator, Schema, SchemaFeature } from '#contract'
import { fixed, plural } from '../../ui/index.ts'

export const COLUMN_TYPES: { value: ColumnType; label: string }[] = (
  ['integer', 'float', 'boolean', 'text', 'date', 'timestamp'] as const
).map(value => ({ value, label: value }))

/** What of a schema the form edits. */
export interface Draft {
  features: SchemaFeature[]
  rows: Schema['rows']
  environments: string[]
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** A copy to edit; what came from the engine is never changed in place. */
export const copyOf = (features: readonly SchemaFeature[]): SchemaFeature[] =>
  features.map(feature => ({
    ...feature,
    domain: feature.domain && [...feature.domain],
    range: feature.range && { ...feature.range },
  }))

export const draftOf = (schema: Schema | null): Draft => ({
  features: copyOf(schema?.features ?? []),
  rows: { ...(schema?.rows ?? { min: null, max: null }) },
  environments: [...(schema?.environments ?? [])],
})

/** Names of the features that an edit changed. */
export function changedFeatures(before: readonly SchemaFeature[], after: readonly SchemaFeature[]): string[] {
  const old = new Map(before.map(feature => [feature.name, JSON.stringify(feature)]))
  return after.filter(feature => old.get(feature.name) !== JSON.stringify(feature)).map(({ name }) => name)
}

/** Names of the features that an edit took away. */
export function removedFeatures(before: readonly SchemaFeature[], after: readonly SchemaFeature[]): string[] {
  const left = new Set(after.map(({ name }) => name))
  return before.filter(({ name }) => !left.has(name)).map(({ name }) => name)
}

/** A feature that nothing is said of yet but its name and its type. */
export const newFeature = (name: string, type: SchemaFeature['type']): SchemaFeature => ({
  name,
  type,
  required: false,
  minPresence: 0,
  domain: null,
  range: null,
})

/** What is edited in a draft, in a few words; empty where nothing is. */
export function draftWords(before: Schema, draft: Draft): string {
  const known = new Set(before.features.map(({ name }) => name))
  const changed = changedFeatures(before.features, draft.features)
  const added = changed.filter(name => !known.has(name)).length
  const removed = removedFeatures(before.features, draft.features).length
  const edited = changed.length - added
  return [
    edited ? `${edited} edited` : null,
    added ? `${added} new` : null,
    removed ? `${removed} removed` : null,
    isWholeEdited(before, draft) ? 'rows or environments edited' : null,
  ]
    .filter(Boolean)
    .join(', ')
}

/** Whether a draft says otherwise of the data as a whole. */
export const isWholeEdited = (before: Schema | null, { rows, environments }: Draft): boolean => {
  const old = draftOf(before)
  return !same([old.rows, old.environments], [rows, environments])
}

const isAbove = (min: number | null | undefined, max: number | null | undefined): boolean =>
  typeof min === 'number' && typeof max === 'number' && min > max

/** What is wrong with an edited feature; null where nothing is. */
export function draftTrouble(feature: SchemaFeature): string | null {
  const { range, domain, unique } = feature
  if (isAbove(range?.min, range?.max)) return `${feature.name}: the least value is above the greatest.`
  if (domain && domain.length === 0) return `${feature.name}: an empty list of values would refuse every row.`
  if (isAbove(unique?.min, unique?.max))
    return `${feature.name}: the least number of different values is above the greatest.`
  return null
}

/** What is wrong with a whole draft; null where it can be saved. */
export function troubleOf(draft: Draft): string | null {
  if (isAbove(draft.rows.min, draft.rows.max)) return 'The least number of rows is above the greatest.'
  return draft.features.map(draftTrouble).find(Boolean) ?? null
}

/** The environments of a draft changed: what no longer exists is taken out of the features too. */
export const withEnvironments = (draft: Draft, environments: string[]): Draft => ({
  ...draft,
  environments,
  features: draft.features.map(feature =>
    feature.notInEnvironments?.some(one => !environments.includes(one))
      ? { ...feature, notInEnvironments: feature.notInEnvironments.filter(one => environments.includes(one)) }
      : feature,
  ),
})

/** The values of a list typed one a line: blank lines and repeats fall away. */
export const linesOf = (text: string): string[] => [
  ...new Set(
    text
      .split('\n')
      .map(line => line.trim())
      .filter(Boolean),
  ),
]

export const isNumeric = (feature: SchemaFeature): boolean =>
  feature.type === 'integer' || feature.type === 'float'

const SHORT = { 'l-infinity': 'L∞', 'jensen-shannon': 'JSD', 'normalized-difference': 'NAD' } as const
const comparatorWords = (limits: readonly Comparator[]): string =>
  limits.map(({ measure, threshold }) => `${SHORT[measure]} ${figureOf(threshold)}`).join(' ')
const figureOf = (n: number): string =>
  fixed(n, n !== 0 && n < 0.001 ? 5 : 3)
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '')

/** The limits of a feature that the table has no column for, a few words each. */
export function limitWords(feature: SchemaFeature): string[] {
  const { drift, skew, unique, notInEnvironments, domainMass, deprecated } = feature
  const words: string[] = []
  if (deprecated) words.push('not looked at')
  if (drift?.length) words.push(`drift ${comparatorWords(drift)}`)
  if (skew?.length) words.push(`skew ${comparatorWords(skew)}`)
  if (unique && (unique.min !== null || unique.max !== null)) {
    const { min, max } = unique
    words.push(
      min !== null && max !== null
        ? `${min} to ${plural(max, 'different value')}`
        : min !== null
          ? `at least ${plural(min, 'different value')}`
          : `at most ${plural(max ?? 0, 'different value')}`,
    )
  }
  if (domainMass !== undefined && domainMass < 1)
    words.push(`at least ${Number((domainMass * 100).toFixed(3))}% known values`)
  if (notInEnvironments?.length) words.push(`not in ${notInEnvironments.join(', ')}`)
  return words
}

/** The edits of a draft of one version of the schema, laid over another version. */
export function rebased(draft: Draft, before: Schema, now: Schema): Draft {
  const old = draftOf(before)
  const next = draftOf(now)
  const edited = new Set(changedFeatures(old.features, draft.features))
  const gone = new Set(removedFeatures(old.features, draft.features))
  const there = new Set([...old.features, ...next.features].map(({ name }) => name))
  const added = draft.features.filter(({ name }) => !there.has(name))
  const drafts = new Map(draft.features.map(feature => [feature.name, feature]))
  const olds = new Map(old.features.map(feature => [feature.name, feature]))
  return {
    rows: same(draft.rows, old.rows) ? next.rows : draft.rows,
    environments: same(draft.environments, old.environments) ? next.environments : draft.environments,
    features: [...next.features.filter(({ name }) => !gone.has(name)), ...added].map(feature => {
      const mine = drafts.get(feature.name)
      if (!mine || !edited.has(feature.name)) return feature
      // only what was edited; the rest is as the new version says
      const was = olds.get(feature.name)
      const changes = Object.entries(mine).filter(
        ([key, value]) => !same(value, was?.[key as keyof SchemaFeature]),
      )
      return { ...feature, ...Object.fromEntries(changes) }
    }),
  }
}
