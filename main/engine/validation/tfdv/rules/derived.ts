import { LifecycleStage } from '../../../metadata/index.ts'
import { isDeprecated, markDerived } from '../lifecycle.ts'
import { type Reason, reason } from '../reasons.ts'
import type { Rule } from './rule.ts'

/** A feature that was computed from others says so, in its source and in its stage. */
export const derived: Rule = ({ feature, view }) => {
  const reasons: Reason[] = []
  const source = view.statistics.validationDerivedSource
  if (source && !feature.validationDerivedSource) {
    markDerived(feature, source)
    const title = 'Derived source not set in schema.'
    reasons.push(reason('DERIVED_FEATURE_INVALID_SOURCE', title, title))
  }
  const isMarked = feature.lifecycleStage === LifecycleStage.VALIDATION_DERIVED
  if (feature.validationDerivedSource && !isMarked && !isDeprecated(feature)) {
    feature.lifecycleStage = LifecycleStage.VALIDATION_DERIVED
    const title = 'Derived feature has wrong lifecycle.'
    reasons.push(reason('DERIVED_FEATURE_BAD_LIFECYCLE', title, title))
  }
  return reasons
}
