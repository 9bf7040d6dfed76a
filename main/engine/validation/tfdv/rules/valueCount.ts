import {
  clearField,
  create,
  type Feature,
  isFieldSet,
  type ValueCount,
  ValueCountListSchema,
  ValueCountSchema,
} from '../../../metadata/index.ts'
import type { FeatureView } from '../featureView.ts'
import { type Reason, reason } from '../reasons.ts'
import type { Rule } from './rule.ts'

/** Each example has as many values as expected, at each level of nesting. */
export const valueCount: Rule = ({ feature, view }) => {
  const { shapeType } = feature
  const levels = view.numValuesByLevel
  if (shapeType.case === 'valueCount') {
    const [only, ...deeper] = levels
    if (only && deeper.length === 0) return withinCount(shapeType.value, only, '')
    feature.shapeType = { case: undefined }
    initValueCount(view, feature)
    return [nestedness(FLAT)]
  }
  if (shapeType.case !== 'valueCounts') return []
  const counts = shapeType.value.valueCount
  if (counts.length !== levels.length) {
    feature.shapeType = { case: undefined }
    initValueCount(view, feature)
    return [nestedness(OTHER_LEVELS)]
  }
  return levels.flatMap((range, level) => {
    const count = counts[level]
    return count ? withinCount(count, range, ` at nestedness level ${level}`) : []
  })
}

/** Notes how many values examples have: the number where it is always the same, else that there are some. */
export function initValueCount(view: FeatureView, feature: Feature): void {
  const levels = view.numValuesByLevel
  if (view.isNested) {
    const value = create(ValueCountListSchema, { valueCount: levels.map(countOf) })
    feature.shapeType = { case: 'valueCounts', value }
  } else if (levels[0] && levels[0].min > 0) {
    feature.shapeType = { case: 'valueCount', value: countOf(levels[0]) }
  }
}

interface Range {
  min: number
  max: number
}

function countOf({ min, max }: Range): ValueCount {
  if (min <= 0) return create(ValueCountSchema)
  return min === max
    ? create(ValueCountSchema, { min: BigInt(min), max: BigInt(max) })
    : create(ValueCountSchema, { min: 1n })
}

function withinCount(count: ValueCount, { min, max }: Range, place: string): Reason[] {
  const reasons: Reason[] = []
  if (isFieldSet(count, ValueCountSchema.field.min) && BigInt(min) < count.min) {
    const sentence = `Some examples have fewer values than expected${place}.`
    reasons.push(reason('FEATURE_TYPE_LOW_NUMBER_VALUES', 'Missing values', sentence))
    if (min === 0) clearField(count, ValueCountSchema.field.min)
    else count.min = BigInt(min)
  }
  if (isFieldSet(count, ValueCountSchema.field.max) && BigInt(max) > count.max) {
    const sentence = `Some examples have more values than expected${place}.`
    reasons.push(reason('FEATURE_TYPE_HIGH_NUMBER_VALUES', 'Superfluous values', sentence))
    count.max = BigInt(max)
  }
  return reasons
}

const FLAT =
  'This feature has a value_count, but the nestedness level of the feature > 1. For features with nestedness ' +
  'levels greater than 1, value_counts, not value_count, should be specified.'
const OTHER_LEVELS = 'The values have a different nest level than expected. Value counts will not be checked.'

const nestedness = (sentence: string): Reason =>
  reason('VALUE_NESTEDNESS_MISMATCH', 'Mismatched value nest level', sentence)
