import type { Schema } from '../../metadata/index.ts'
import { checkFeature, type Findings } from './feature.ts'
import type { FeatureView } from './featureView.ts'
import { deprecate, isDeprecated, isSparseDeprecated, isWeightedDeprecated } from './lifecycle.ts'
import { reason } from './reasons.ts'
import { sparse } from './rules/sparse.ts'
import { weighted } from './rules/weighted.ts'
import type { Entry, SharedDomains } from './schemaView.ts'

/** What entries are held against besides the statistics. */
export interface Context {
  schema: Schema
  domains: SharedDomains
  quirks: boolean
}

/**
 * Holds what the schema says about one path against its statistics, and mends it. One name for a feature and for a
 * composite of features is a clash. Null: the schema says nothing that counts, so the column is new.
 */
export function checkEntry(found: Entry, view: FeatureView, context: Context): Findings | null {
  const { feature, sparse: ofSparse, weighted: ofWeighted } = found
  if (ofWeighted) {
    const isClash = (feature || ofSparse) && !isWeightedDeprecated(ofWeighted)
    if (!isClash) return only(weighted(ofWeighted, view))
    for (const one of [ofWeighted, feature, ofSparse]) if (one) deprecate(one)
    const title = 'Weighted feature name collision'
    return only([reason('WEIGHTED_FEATURE_NAME_COLLISION', title, `${title}.`)])
  }
  if (ofSparse && !isSparseDeprecated(ofSparse)) {
    const isClash = feature && !isDeprecated(feature)
    if (!isClash) return only(sparse(ofSparse, view))
    for (const one of [ofSparse, feature]) deprecate(one)
    const title = 'Sparse feature name collision'
    return only([reason('SPARSE_FEATURE_NAME_COLLISION', title, `${title}.`)])
  }
  return feature ? checkFeature({ feature, view, ...context }) : null
}

const only = (reasons: Findings['reasons']): Findings => ({ reasons, drift: [], skew: [] })
