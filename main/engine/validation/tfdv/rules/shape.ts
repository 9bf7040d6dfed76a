import { create, type Feature, FeatureType, FixedShapeSchema } from '../../../metadata/index.ts'
import type { FeatureView } from '../featureView.ts'
import { toInt32 } from '../numbers.ts'
import { reason } from '../reasons.ts'
import type { Rule } from './rule.ts'

/** A feature of a fixed shape is in every example and always as long as its shape. */
export const shape: Rule = ({ feature, view }) => {
  if (feature.shapeType.case !== 'shape') return []
  const expected = feature.shapeType.value.dim.reduce((length, { size }) => times(length, size), 1)
  const levels = view.numValuesByLevel
  const isFixed = levels.every(({ min, max }) => min === max && min !== 0)
  const actual = isFixed ? levels.reduce((length, { min }) => times(length, BigInt(min)), 1) : -1
  if (actual <= 0 || view.numMissingByLevel.some(missing => missing !== 0)) {
    feature.shapeType = { case: undefined }
    return [dropped(VARIES)]
  }
  if (actual === expected) return []
  feature.shapeType = { case: undefined }
  return [
    dropped(`The feature has fixed value length ${actual} but it's not compatible with the specified shape.`),
  ]
}

/** Notes the shape of a feature that is in every example and always of the same length. */
export function initShape(view: FeatureView, feature: Feature): void {
  if (view.featureType === FeatureType.STRUCT) return
  const levels = view.numValuesByLevel
  const isFixed = levels.every(({ min, max }) => min === max && min > 0)
  if (!isFixed || view.numMissingByLevel.some(missing => missing !== 0)) return
  const dim = levels.map(({ min }) => ({ size: BigInt(min) }))
  feature.shapeType = { case: 'shape', value: create(FixedShapeSchema, { dim }) }
}

const VARIES =
  "The feature has a shape, but it's not always present (if the feature is nested, then it should always be " +
  'present at each nested level) or its value lengths vary.'

const dropped = (sentence: string) => reason('INVALID_FEATURE_SHAPE', 'Feature shape dropped', sentence)

const times = (length: number, size: bigint): number => toInt32(BigInt(length) * size)
