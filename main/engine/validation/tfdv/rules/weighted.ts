import type { WeightedFeature } from '../../../metadata/index.ts'
import type { FeatureView } from '../featureView.ts'
import { deprecate } from '../lifecycle.ts'
import { sixDigits } from '../numbers.ts'
import { type Reason, reason } from '../reasons.ts'

/** Values and weights of a weighted feature are all there and of equal length; else it is deprecated. */
export function weighted(feature: WeightedFeature, { statistics }: FeatureView): Reason[] {
  const reasons: Reason[] = []
  let least = 0
  let most = 0
  for (const { name, val } of statistics.customStats) {
    if (val.case !== 'num' || val.value === 0) continue
    const found = `Found ${sixDigits(val.value)} examples missing`
    if (name === 'missing_value')
      reasons.push(
        reason('WEIGHTED_FEATURE_MISSING_VALUE', 'Missing value feature', `${found} value feature.`),
      )
    else if (name === 'missing_weight')
      reasons.push(
        reason('WEIGHTED_FEATURE_MISSING_WEIGHT', 'Missing weight feature', `${found} weight feature.`),
      )
    else if (name === 'min_weight_length_diff') least = Math.trunc(val.value)
    else if (name === 'max_weight_length_diff') most = Math.trunc(val.value)
  }
  if (least !== 0 || most !== 0) {
    const sentence =
      `Mismatch between weight and value feature with min_weight_length_diff = ${least} and ` +
      `max_weight_length_diff = ${most}.`
    const title = 'Length mismatch between value and weight feature'
    reasons.push(reason('WEIGHTED_FEATURE_LENGTH_MISMATCH', title, sentence))
  }
  if (reasons.length > 0) deprecate(feature)
  return reasons
}
