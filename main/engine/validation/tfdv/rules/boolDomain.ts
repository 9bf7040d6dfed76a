import {
  type BoolDomain,
  BoolDomainSchema,
  create,
  type Feature,
  FeatureNameStatistics_Type,
  FloatDomainSchema,
  type Histogram,
  Histogram_HistogramType,
  type IntDomain,
  IntDomainSchema,
  isFieldSet,
  type NumericStatistics,
} from '../../../metadata/index.ts'
import type { FeatureView } from '../featureView.ts'
import { sixDigits, toInt64 } from '../numbers.ts'
import { type Reason, reason } from '../reasons.ts'
import { clearDomain } from '../schemaView.ts'
import { compareBytes } from '../texts.ts'
import type { Rule } from './rule.ts'

const TITLE = 'Non-boolean values'
const TRUE_WORDS = new Set(['TRUE', 'true', 'SET', 'set', '1', ''])
const FALSE_WORDS = new Set(['FALSE', 'false', 'CLEAR', 'clear', '0'])

/** Values are 0 and 1, or the two words for them. */
export const boolDomain: Rule = ({ feature, view }) => {
  if (feature.domainInfo.case !== 'boolDomain') return []
  switch (view.type) {
    case FeatureNameStatistics_Type.INT:
      return wholeNumbers(feature, view.numbers)
    case FeatureNameStatistics_Type.FLOAT:
      return fractions(feature, view.numbers)
    case FeatureNameStatistics_Type.STRING:
      return words(feature, feature.domainInfo.value, view)
    default:
      return []
  }
}

/** Whole numbers from 0 to 1 with a 1 among them, or at most one word for true and one for false. */
export function isBoolDomainCandidate(view: FeatureView): boolean {
  if (view.type === FeatureNameStatistics_Type.INT) return view.numbers.min >= 0 && view.numbers.max === 1
  if (view.type !== FeatureNameStatistics_Type.STRING) return false
  const seen = [...view.values.keys()]
  const trueWords = seen.filter(word => TRUE_WORDS.has(word)).length
  const falseWords = seen.filter(word => FALSE_WORDS.has(word)).length
  return seen.length > 0 && trueWords <= 1 && falseWords <= 1 && trueWords + falseWords === seen.length
}

/** The domain of a candidate: whole numbers need no words. */
export function boolDomainOf(view: FeatureView): BoolDomain {
  const domain = create(BoolDomainSchema)
  if (view.type !== FeatureNameStatistics_Type.STRING) return domain
  for (const word of view.values.keys())
    if (TRUE_WORDS.has(word)) domain.trueValue = word
    else domain.falseValue = word
  return domain
}

function wholeNumbers(feature: Feature, { min, max }: NumericStatistics): Reason[] {
  const odd = min < 0 ? min : max > 1 ? max : null
  if (odd === null) return []
  const value: IntDomain = create(IntDomainSchema, { min: toInt64(min), max: toInt64(max) })
  feature.domainInfo = { case: 'intDomain', value }
  const sentence = `Integers (such as ${sixDigits(odd)}) not in {0, 1}: converting to an integer.`
  return [reason(min < 0 ? 'BOOL_TYPE_SMALL_INT' : 'BOOL_TYPE_BIG_INT', TITLE, sentence)]
}

function fractions(feature: Feature, numbers: NumericStatistics): Reason[] {
  const odd = oddFraction(numbers)
  if (odd === null) return []
  const range = { min: Math.fround(numbers.min), max: Math.fround(numbers.max) }
  feature.domainInfo = { case: 'floatDomain', value: create(FloatDomainSchema, range) }
  return [reason('BOOL_TYPE_UNEXPECTED_FLOAT', TITLE, odd)]
}

function oddFraction({ min, max, histograms }: NumericStatistics): string | null {
  for (const end of [min, max])
    if (end !== 0 && end !== 1)
      return `Floats (such as ${sixDigits(end)}) not in {0, 1}: converting to float_domain.`
  for (const histogram of histograms) {
    if (histogram.numNan > 0n) return 'Floats (such as NaN) not in {0, 1}: converting to float_domain.'
    const odd = oddBucket(histogram)
    if (odd) return odd
  }
  return null
}

/** A bucket that holds values and neither 0 nor 1; within the range only quantiles are narrow enough to tell. */
function oddBucket({ buckets, type }: Histogram): string | null {
  for (const { lowValue, highValue, sampleCount } of buckets) {
    if (sampleCount <= 0) continue
    if (highValue < 0) return 'Float values < 0 not in {0, 1}: converting to float_domain.'
    if (lowValue > 1) return 'Float values > 1 not in {0, 1}: converting to float_domain.'
    if (type === Histogram_HistogramType.QUANTILES && highValue < 1 && lowValue > 0)
      return 'Float values falling between 0 and 1: converting to float_domain.'
  }
  return null
}

function words(feature: Feature, domain: BoolDomain, view: FeatureView): Reason[] {
  const valid = validWords(domain)
  const odd = [...view.values.keys()].find(word => !valid.includes(word))
  if (odd === undefined) return []
  clearDomain(feature)
  const listed = valid.length === 0 ? '{}' : `{"${valid.join('", "')}"}`
  return [reason('BOOL_TYPE_UNEXPECTED_STRING', TITLE, `Saw unexpected value "${odd}" instead of ${listed}.`)]
}

function validWords(domain: BoolDomain): string[] {
  const valid = new Set<string>()
  if (isFieldSet(domain, BoolDomainSchema.field.trueValue)) valid.add(domain.trueValue)
  if (isFieldSet(domain, BoolDomainSchema.field.falseValue)) valid.add(domain.falseValue)
  return [...valid].sort(compareBytes)
}
