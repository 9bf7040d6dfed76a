import type { FittedFeature } from '#contract'
import { columnsOf, describeFeature, type FeatureSpec, widthOf } from '../encoding/index.ts'

/** A fitted feature as people read it. */
export const fittedFeature = (feature: FeatureSpec): FittedFeature => ({
  name: feature.name,
  columns: [...columnsOf(feature)],
  kind: feature.kind,
  words: describeFeature(feature).words,
  width: widthOf(feature),
})
