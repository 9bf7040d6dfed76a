import type { CustomStatistic, SparseFeature } from '../../../metadata/index.ts'
import type { FeatureView } from '../featureView.ts'
import { deprecate } from '../lifecycle.ts'
import { sixDigits } from '../numbers.ts'
import { type Reason, reason } from '../reasons.ts'

/** Values and indices of a sparse feature are all there and of equal length; else it is deprecated. */
export function sparse(feature: SparseFeature, { statistics }: FeatureView): Reason[] {
  const reasons = statistics.customStats.flatMap(counted)
  if (reasons.length > 0) deprecate(feature)
  return reasons
}

function counted({ name, val }: CustomStatistic): Reason[] {
  if (name === 'missing_value') {
    if (val.case !== 'num' || val.value === 0) return []
    const sentence = `Found ${sixDigits(val.value)} examples missing value feature`
    return [reason('SPARSE_FEATURE_MISSING_VALUE', 'Missing value feature', sentence)]
  }
  const byIndex = val.case === 'rankHistogram' ? val.value.buckets : []
  if (name === 'missing_index')
    return byIndex
      .filter(({ sampleCount }) => Math.trunc(sampleCount) !== 0)
      .map(({ label, sampleCount }) => {
        const sentence = `Found ${Math.trunc(sampleCount)} examples missing index feature: ${label}`
        return reason('SPARSE_FEATURE_MISSING_INDEX', 'Missing index feature', sentence)
      })
  if (name !== 'max_length_diff' && name !== 'min_length_diff') return []
  return byIndex
    .filter(({ sampleCount }) => sampleCount !== 0)
    .map(({ label, sampleCount }) => {
      const difference = `${name} = ${Math.trunc(sampleCount)}`
      const sentence = `Mismatch between index feature: ${label} and value column, with ${difference}`
      return reason('SPARSE_FEATURE_LENGTH_MISMATCH', MISMATCH, sentence)
    })
}

const MISMATCH = 'Length mismatch between value and index feature'
