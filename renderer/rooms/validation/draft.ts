import type { SchemaFeature } from '#contract'

/** A copy to edit; what came from the engine is never changed in place. */
export const copyOf = (features: readonly SchemaFeature[]): SchemaFeature[] =>
  features.map(feature => ({
    ...feature,
    domain: feature.domain && [...feature.domain],
    range: feature.range && { ...feature.range },
  }))

/** Names of the features that an edit changed. */
export function changedFeatures(before: readonly SchemaFeature[], after: readonly SchemaFeature[]): string[] {
  const old = new Map(before.map(feature => [feature.name, JSON.stringify(feature)]))
  return after.filter(feature => old.get(feature.name) !== JSON.stringify(feature)).map(({ name }) => name)
}

/** What is wrong with an edited feature; null where nothing is. */
export function draftTrouble(feature: SchemaFeature): string | null {
  const { range, domain } = feature
  if (range && range.min !== null && range.max !== null && range.min > range.max)
    return `${feature.name}: the least value is above the greatest.`
  if (domain && domain.length === 0) return `${feature.name}: an empty list of values would refuse every row.`
  return null
}

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
