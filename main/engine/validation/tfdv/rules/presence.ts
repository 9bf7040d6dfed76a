import { create, type Feature, FeaturePresenceSchema, isFieldSet } from '../../../metadata/index.ts'
import type { FeatureView } from '../featureView.ts'
import { sixDecimals, sixDigits, toInt64 } from '../numbers.ts'
import { type Reason, reason } from '../reasons.ts'
import type { Rule } from './rule.ts'

const FEWER = 'The feature was present in fewer examples than expected: minimum'

/** The feature is in as many examples as expected, by count and by share. */
export const presence: Rule = ({ feature, view }) => {
  if (feature.presenceConstraints.case !== 'presence') return []
  const { value: expected } = feature.presenceConstraints
  const { minCount, minFraction } = FeaturePresenceSchema.field
  const reasons: Reason[] = []
  if (isFieldSet(expected, minCount) && view.numPresent < Number(expected.minCount)) {
    const before = expected.minCount
    expected.minCount = toInt64(view.numPresent)
    const sentence = `${FEWER} count = ${before}, actual = ${expected.minCount}`
    reasons.push(reason('FEATURE_TYPE_LOW_NUMBER_PRESENT', TITLE, sentence))
  }
  const fraction = view.fractionPresent
  if (!isFieldSet(expected, minFraction) || fraction === null) return reasons
  if (fraction < expected.minFraction) {
    const before = sixDecimals(Math.fround(expected.minFraction))
    expected.minFraction = fraction
    reasons.push(tooFew(`${FEWER} fraction = ${before}, actual = ${sixDecimals(fraction)}`))
  }
  if (expected.minFraction === 1 && view.numMissing !== 0) {
    expected.minFraction = 0.9999
    const missing = sixDigits(view.numMissing)
    reasons.push(tooFew(`The feature was expected everywhere, but was missing in ${missing} examples.`))
  }
  return reasons
}

/** Notes that a feature is there, and that it is there always. */
export function initPresence(view: FeatureView, feature: Feature): void {
  const value = create(FeaturePresenceSchema, { minCount: view.numPresent < 1 ? 0n : 1n })
  if (view.numPresent > 0 && view.numMissing === 0) value.minFraction = 1
  feature.presenceConstraints = { case: 'presence', value }
}

const TITLE = 'Column dropped'

const tooFew = (sentence: string): Reason => reason('FEATURE_TYPE_LOW_FRACTION_PRESENT', TITLE, sentence)
