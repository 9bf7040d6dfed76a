import {
  FeatureNameStatistics_Type,
  FeatureType,
  IntDomainSchema,
  isFieldSet,
} from '../../../metadata/index.ts'
import type { FeatureView } from '../featureView.ts'
import { readInt64, sixDecimals, toInt64 } from '../numbers.ts'
import { type Reason, reason } from '../reasons.ts'
import { clearDomain } from '../schemaView.ts'
import type { Rule } from './rule.ts'

const { min: MIN, max: MAX } = IntDomainSchema.field

/** Values are whole numbers, as numbers or spelled as strings, within the bounds. */
export const intDomain: Rule = ({ feature, view }) => {
  if (feature.domainInfo.case !== 'intDomain') return []
  const { value: domain } = feature.domainInfo
  const range = intRange(view)
  if (range === null) return []
  if (typeof range === 'string') {
    const isNumber = view.featureType === FeatureType.INT
    if (isNumber && !isFieldSet(domain, MIN) && !isFieldSet(domain, MAX)) return []
    clearDomain(feature)
    return [isNumber ? tooLong(range) : notWhole(range)]
  }
  const reasons: Reason[] = []
  if (isFieldSet(domain, MIN) && domain.min > range.min) {
    const sentence = `Unexpectedly small value: ${range.min}.`
    reasons.push(reason('INT_TYPE_SMALL_INT', 'Out-of-range values', sentence))
    domain.min = range.min
  }
  if (isFieldSet(domain, MAX) && domain.max < range.max) {
    const sentence = `Unexpectedly large value: ${range.max}.`
    reasons.push(reason('INT_TYPE_BIG_INT', 'Out-of-range values', sentence))
    domain.max = range.max
  }
  return reasons
}

/** Strings that all spell whole numbers. */
export const isIntDomainCandidate = (view: FeatureView): boolean =>
  view.type === FeatureNameStatistics_Type.STRING &&
  !view.hasInvalidUtf8 &&
  typeof (intRange(view) ?? '') === 'object'

/** The range of whole numbers, or a value that is none, or null where there is nothing to read. */
function intRange(view: FeatureView): { min: bigint; max: bigint } | string | null {
  const { type, values } = view
  const isNumber = type === FeatureNameStatistics_Type.INT
  if (isNumber && values.size === 0) {
    const { min, max } = view.numbers
    const beyond = min < -(2 ** 63) ? min : max > 2 ** 63 ? max : null
    return beyond === null ? { min: toInt64(min), max: toInt64(max) } : sixDecimals(beyond)
  }
  const isText = type === FeatureNameStatistics_Type.STRING || type === FeatureNameStatistics_Type.BYTES
  if (!isNumber && !isText) return null
  let range: { min: bigint; max: bigint } | null = null
  for (const text of values.keys()) {
    const value = readInt64(text)
    if (value === null) return text
    range = {
      min: range && range.min < value ? range.min : value,
      max: range && range.max > value ? range.max : value,
    }
  }
  return range
}

const notWhole = (example: string): Reason =>
  reason(
    'INT_TYPE_NOT_INT_STRING',
    'Invalid values',
    `String values that were not ints were found, such as "${example}".`,
  )

const tooLong = (example: string): Reason =>
  reason(
    'DOMAIN_INVALID_FOR_TYPE',
    'Invalid values',
    `Integer had values that were not valid Int64, such as "${example}".`,
  )
