import {
  FeatureNameStatistics_Type,
  type FloatDomain,
  FloatDomainSchema,
  isFieldSet,
} from '../../../metadata/index.ts'
import type { FeatureView } from '../featureView.ts'
import { readFloat32, sixDigits } from '../numbers.ts'
import { type Reason, reason } from '../reasons.ts'
import { clearDomain } from '../schemaView.ts'
import type { Rule } from './rule.ts'

const { FLOAT, STRING, BYTES } = FeatureNameStatistics_Type

/** Values are numbers, as numbers or spelled as strings, within the bounds, without NaN or infinity if so asked. */
export const floatDomain: Rule = ({ feature, view }) => {
  if (feature.domainInfo.case !== 'floatDomain') return []
  const { value: domain } = feature.domainInfo
  const reasons: Reason[] = []
  if (domain.disallowNan && hasNan(view)) {
    reasons.push(reason('FLOAT_TYPE_HAS_NAN', 'Invalid values', 'Float feature has NaN values.'))
    domain.disallowNan = false
  }
  const range = floatRange(view)
  if (range === null) return reasons
  if (typeof range === 'string') {
    clearDomain(feature)
    const sentence = `String values that were not floats were found, such as "${range}".`
    return [...reasons, reason('FLOAT_TYPE_STRING_NOT_FLOAT', 'Invalid values', sentence)]
  }
  return [...reasons, ...withinBounds(domain, range)]
}

interface Range {
  min: number
  max: number
}

function withinBounds(domain: FloatDomain, { min, max }: Range): Reason[] {
  const reasons: Reason[] = []
  const bounds = { min: Math.fround(domain.min), max: Math.fround(domain.max) }
  if (isFieldSet(domain, FloatDomainSchema.field.min) && min < bounds.min) {
    const sentence = `Unexpectedly low values: ${sixDigits(min)}<${sixDigits(bounds.min)}${DIGITS}`
    reasons.push(reason('FLOAT_TYPE_SMALL_FLOAT', 'Out-of-range values', sentence))
    domain.min = min
  }
  if (isFieldSet(domain, FloatDomainSchema.field.max) && max > bounds.max) {
    const sentence = `Unexpectedly high value: ${sixDigits(max)}>${sixDigits(bounds.max)}${DIGITS}`
    reasons.push(reason('FLOAT_TYPE_BIG_FLOAT', 'Out-of-range values', sentence))
    domain.max = max
  }
  if (domain.disallowInf && (isInfinite(min) || isInfinite(max))) {
    reasons.push(reason('FLOAT_TYPE_HAS_INF', 'Invalid values', 'Float feature has Inf values.'))
    domain.disallowInf = false
  }
  return reasons
}

const DIGITS = '(upto six significant digits)'

const isInfinite = (value: number): boolean => Math.abs(value) === Infinity

function hasNan({ type, numbers, values }: FeatureView): boolean {
  if (type === FLOAT) return numbers.histograms.some(({ numNan }) => numNan > 0n)
  return type === STRING && [...values.keys()].some(text => Number.isNaN(readFloat32(text) ?? 0))
}

/** The range of the numbers, or a string that spells none, or null where there is nothing to read. */
function floatRange({ type, numbers, values }: FeatureView): Range | string | null {
  if (type === FLOAT) return { min: Math.fround(numbers.min), max: Math.fround(numbers.max) }
  if (type !== STRING && type !== BYTES) return null
  let range: Range | null = null
  for (const text of values.keys()) {
    const value = readFloat32(text)
    if (value === null) return text
    range ??= { min: value, max: value }
    if (range.min > value) range.min = value
    if (range.max < value) range.max = value
  }
  return range
}
