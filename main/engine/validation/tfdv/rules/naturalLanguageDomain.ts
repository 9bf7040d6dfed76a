import {
  anyUnpack,
  create,
  type FeatureCoverageConstraints,
  FeatureCoverageConstraintsSchema,
  isFieldSet,
  type NaturalLanguageDomain,
  type NaturalLanguageStatistics,
  type NaturalLanguageStatistics_TokenStatistics,
  NaturalLanguageStatisticsSchema,
  type SequenceValueConstraints,
  SequenceValueConstraintsSchema,
} from '../../../metadata/index.ts'
import type { FeatureView } from '../featureView.ts'
import { sixDigits, toInt64 } from '../numbers.ts'
import { type Reason, reason } from '../reasons.ts'
import { clearDomain } from '../schemaView.ts'
import type { Rule } from './rule.ts'

/** Tokens are covered, long enough, and as frequent as expected. */
export const naturalLanguageDomain: Rule = ({ feature, view }) => {
  if (feature.domainInfo.case !== 'naturalLanguageDomain') return []
  const { value: domain } = feature.domainInfo
  const statistics = statisticsOf(view)
  if (statistics === 'unreadable') return []
  if (statistics === 'absent') {
    if (!isBound(domain)) return []
    clearDomain(feature)
    return [notAvailable()]
  }
  const reasons = domain.coverage ? covered(domain.coverage, statistics) : []
  const byToken = new Map<string | bigint, NaturalLanguageStatistics_TokenStatistics>()
  for (const token of statistics.tokenStatistics)
    if (token.token.case && !byToken.has(token.token.value)) byToken.set(token.token.value, token)
  for (const constraint of domain.tokenConstraints) {
    if (!constraint.value.case) continue
    const token = byToken.get(constraint.value.value)
    if (!token) {
      clearDomain(feature)
      return [...reasons, notAvailable()]
    }
    reasons.push(...frequent(constraint, String(constraint.value.value), token))
  }
  return reasons
}

function statisticsOf(view: FeatureView): NaturalLanguageStatistics | 'absent' | 'unreadable' {
  const custom = view.custom('nl_statistics')
  if (!custom) return 'absent'
  if (custom.val.case !== 'any') return 'unreadable'
  try {
    return anyUnpack(custom.val.value, NaturalLanguageStatisticsSchema) ?? 'unreadable'
  } catch {
    return 'unreadable'
  }
}

const { minCoverage: COVERAGE, minAvgTokenLength: LENGTH } = FeatureCoverageConstraintsSchema.field

function isBound({ coverage, tokenConstraints }: NaturalLanguageDomain): boolean {
  const bounds = coverage ?? create(FeatureCoverageConstraintsSchema)
  return isFieldSet(bounds, COVERAGE) || isFieldSet(bounds, LENGTH) || tokenConstraints.length > 0
}

const notAvailable = (): Reason =>
  reason(
    'STATS_NOT_AVAILABLE',
    'Natural language stats are not computed.',
    'Constraints specified in natural language domain cannot be verified because natural language stats have ' +
      'not been computed.',
  )

function covered(bounds: FeatureCoverageConstraints, statistics: NaturalLanguageStatistics): Reason[] {
  const reasons: Reason[] = []
  const { featureCoverage, avgTokenLength } = statistics
  if (isFieldSet(bounds, COVERAGE) && Math.fround(bounds.minCoverage) > featureCoverage) {
    const sentence =
      `Fraction of tokens in the vocabulary: ${sixDigits(featureCoverage)} is lower than the threshold set in ` +
      `the Schema: ${sixDigits(Math.fround(bounds.minCoverage))}.`
    reasons.push(reason('FEATURE_COVERAGE_TOO_LOW', 'Feature coverage is too low.', sentence))
    bounds.minCoverage = Math.fround(featureCoverage)
  }
  if (isFieldSet(bounds, LENGTH) && avgTokenLength < Math.fround(bounds.minAvgTokenLength)) {
    const sentence =
      `Average token length is: ${sixDigits(avgTokenLength)} which is lower than the threshold set in the ` +
      `Schema: ${sixDigits(Math.fround(bounds.minAvgTokenLength))}.`
    const title = 'Average token length is too short.'
    reasons.push(reason('FEATURE_COVERAGE_TOO_SHORT_AVG_TOKEN_LENGTH', title, sentence))
    bounds.minAvgTokenLength = Math.fround(avgTokenLength)
  }
  return reasons
}

const TOKEN = SequenceValueConstraintsSchema.field

function frequent(
  bounds: SequenceValueConstraints,
  name: string,
  token: NaturalLanguageStatistics_TokenStatistics,
): Reason[] {
  const reasons: Reason[] = []
  const {
    fractionOfSequences: fraction,
    perSequenceMinFrequency: fewest,
    perSequenceMaxFrequency: most,
  } = token
  const fractionIs = `Fraction of sequences with value: ${name} is: ${sixDigits(fraction)} which is`
  if (isFieldSet(bounds, TOKEN.minFractionOfSequences)) {
    const least = Math.fround(bounds.minFractionOfSequences)
    if (least > fraction) {
      const title = 'Value occurs in too small a fraction of sequences.'
      const sentence = `${fractionIs} lower than the threshold set in the Schema: ${sixDigits(least)}.`
      reasons.push(reason('SEQUENCE_VALUE_TOO_SMALL_FRACTION', title, sentence))
      bounds.minFractionOfSequences = Math.fround(fraction)
    }
  }
  if (isFieldSet(bounds, TOKEN.maxFractionOfSequences)) {
    const largest = Math.fround(bounds.maxFractionOfSequences)
    if (largest < fraction) {
      const title = 'Value occurs in too large a fraction of sequences.'
      const sentence = `${fractionIs} higher than the threshold set in the Schema: ${sixDigits(largest)}.`
      reasons.push(reason('SEQUENCE_VALUE_TOO_LARGE_FRACTION', title, sentence))
      bounds.maxFractionOfSequences = Math.fround(fraction)
    }
  }
  if (isFieldSet(bounds, TOKEN.minPerSequence) && Number(bounds.minPerSequence) > fewest) {
    const sentence =
      `Value: ${name} occurs at least: ${sixDigits(fewest)} times within a sequence, which is lower than the ` +
      `threshold set in the Schema: ${bounds.minPerSequence}.`
    const title = 'Value has too few per-sequence occurrences.'
    reasons.push(reason('SEQUENCE_VALUE_TOO_FEW_OCCURRENCES', title, sentence))
    bounds.minPerSequence = toInt64(fewest)
  }
  if (isFieldSet(bounds, TOKEN.maxPerSequence) && Number(bounds.maxPerSequence) < most) {
    const sentence =
      `Value: ${name} occurs at most: ${sixDigits(most)} times within a sequence, which is higher than the ` +
      `threshold set in the Schema: ${bounds.maxPerSequence}.`
    const title = 'Value has too many per-sequence occurrences.'
    reasons.push(reason('SEQUENCE_VALUE_TOO_MANY_OCCURRENCES', title, sentence))
    bounds.maxPerSequence = toInt64(most)
  }
  return reasons
}
