import { entriesOf as entriesOfTokens } from './kinds/tokens.ts'
import type { FeatureSpec } from './spec.ts'

/**
 * Whole numbers that begin a feature's columns and are places in a table: how many they are, and of how many rows the
 * table is. Of words place 0 is nothing; of a category it is its first value. Null: the feature has none.
 */
export function entriesOf(feature: FeatureSpec): { count: number; entries: number } | null {
  if (!('as' in feature) || feature.as !== 'index') return null
  switch (feature.kind) {
    case 'tokens':
      return { count: feature.length, entries: entriesOfTokens(feature) }
    case 'vocabulary':
      return {
        count: 1,
        entries: feature.values.length + (feature.others ?? Number(feature.other)) + Number(feature.missing),
      }
    case 'buckets':
      return { count: 1, entries: feature.buckets + Number(feature.missing) }
    case 'ranges':
      return { count: 1, entries: feature.edges.length + 1 + Number(feature.missing) }
    case 'cross':
      return { count: 1, entries: feature.buckets }
    default:
      return null
  }
}

/** The values of a window among its columns: where they begin, and how many they are. Null: the feature has none. */
export function seriesOf(feature: FeatureSpec): { from: number; steps: number } | null {
  if (feature.kind !== 'window') return null
  const from = feature.window.figures.indexOf('values')
  return from < 0 ? null : { from, steps: feature.window.rows ?? 0 }
}
