import {
  clone,
  type DerivedFeatureSource,
  DerivedFeatureSourceSchema,
  type Feature,
  FeatureSchema,
  isFieldSet,
  LifecycleStage,
  type SparseFeature,
  SparseFeatureSchema,
  type WeightedFeature,
} from '../../metadata/index.ts'

/** Stages in which a feature is not looked at. */
const SKIPPED = new Set<LifecycleStage>([
  LifecycleStage.PLANNED,
  LifecycleStage.ALPHA,
  LifecycleStage.DEPRECATED,
  LifecycleStage.DEBUG_ONLY,
  LifecycleStage.DISABLED,
])

export const isDeprecated = (feature: Feature): boolean =>
  feature.deprecated ||
  (isFieldSet(feature, FeatureSchema.field.lifecycleStage) && SKIPPED.has(feature.lifecycleStage))

export const isSparseDeprecated = (feature: SparseFeature): boolean =>
  feature.deprecated ||
  (isFieldSet(feature, SparseFeatureSchema.field.lifecycleStage) && SKIPPED.has(feature.lifecycleStage))

export const isWeightedDeprecated = (feature: WeightedFeature): boolean => SKIPPED.has(feature.lifecycleStage)

export function deprecate(feature: Feature | SparseFeature | WeightedFeature): void {
  feature.lifecycleStage = LifecycleStage.DEPRECATED
}

/** Marks a feature as computed from others for the sake of validation. */
export function markDerived(feature: Feature, source: DerivedFeatureSource): void {
  feature.lifecycleStage = LifecycleStage.VALIDATION_DERIVED
  feature.validationDerivedSource = clone(DerivedFeatureSourceSchema, source)
}
