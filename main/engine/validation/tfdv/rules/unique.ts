import { isFieldSet, UniqueConstraintsSchema } from '../../../metadata/index.ts'
import { type Reason, reason } from '../reasons.ts'
import type { Rule } from './rule.ts'

/** As many different strings as expected. In the quirks' mode a bound without a maximum allows none. */
export const unique: Rule = ({ feature, view, quirks }) => {
  const { uniqueConstraints: bounds } = feature
  if (!bounds) return []
  const found = view.numUnique
  if (found === null) {
    feature.uniqueConstraints = undefined
    const sentence =
      'UniqueConstraints specified for the feature, but unique values were not counted (i.e., feature is not ' +
      'string or categorical).'
    return [reason('FEATURE_TYPE_NO_UNIQUE', 'No unique values', sentence)]
  }
  const reasons: Reason[] = []
  if (found < bounds.min) {
    const sentence = `Expected at least ${bounds.min} unique values but found only ${found}.`
    reasons.push(reason('FEATURE_TYPE_LOW_UNIQUE', 'Low number of unique values', sentence))
    bounds.min = BigInt(found)
  }
  const hasMaximum = quirks || isFieldSet(bounds, UniqueConstraintsSchema.field.max)
  if (hasMaximum && found > bounds.max) {
    const sentence = `Expected no more than ${bounds.max} unique values but found ${found}.`
    reasons.push(reason('FEATURE_TYPE_HIGH_UNIQUE', 'High number of unique values', sentence))
    bounds.max = BigInt(found)
  }
  return reasons
}
