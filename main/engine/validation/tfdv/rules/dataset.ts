import {
  type DatasetConstraints,
  DatasetConstraintsSchema,
  isFieldSet,
  type NumericValueComparator,
  NumericValueComparatorSchema,
} from '../../../metadata/index.ts'
import type { Control, Dataset } from '../featureView.ts'
import { sixDigits } from '../numbers.ts'
import { type Reason, reason } from '../reasons.ts'

/**
 * As many examples as expected: beside the previous span, beside the previous version, and in all. In the quirks' mode
 * the most that are allowed count only where a least number is given too.
 */
export function dataset(bounds: DatasetConstraints, view: Dataset, quirks: boolean): Reason[] {
  const { numExamplesDriftComparator: drift, numExamplesVersionComparator: version } = bounds
  const { previousSpan, previousVersion } = view.surroundings
  return [
    ...(drift && previousSpan ? compared(drift, view, previousSpan, 'previous span') : []),
    ...(version && previousVersion ? compared(version, view, previousVersion, 'previous version') : []),
    ...counted(bounds, view.numExamples, quirks),
  ]
}

const { minFractionThreshold, maxFractionThreshold } = NumericValueComparatorSchema.field

function compared(bounds: NumericValueComparator, view: Dataset, control: Control, name: string): Reason[] {
  const reasons: Reason[] = []
  const current = 'num examples in current dataset versus the'
  const { numExamples: before } = control
  const ratio = view.numExamples / before
  const sentence = (side: string, threshold: number) =>
    `The ratio of num examples in the current dataset versus the ${name} is ${sixDigits(ratio)} (up to six ` +
    `significant digits), which is ${side} the threshold ${sixDigits(threshold)}.`
  if (isFieldSet(bounds, maxFractionThreshold)) {
    if (before === 0) {
      const title = `High ${current} ${name}, which has 0.`
      const zero =
        `The ${name} has 0 examples, so there is a high number of examples in the current dataset versus the ` +
        `${name}.`
      reasons.push(reason('COMPARATOR_HIGH_NUM_EXAMPLES', title, zero))
    } else if (ratio > bounds.maxFractionThreshold) {
      const tooHigh = sentence('above', bounds.maxFractionThreshold)
      reasons.push(reason('COMPARATOR_HIGH_NUM_EXAMPLES', `High ${current} ${name}.`, tooHigh))
    }
  }
  const hasLeast = isFieldSet(bounds, minFractionThreshold) && before !== 0
  if (hasLeast && ratio < bounds.minFractionThreshold) {
    const tooLow = sentence('below', bounds.minFractionThreshold)
    reasons.push(reason('COMPARATOR_LOW_NUM_EXAMPLES', `Low ${current} ${name}.`, tooLow))
  }
  return reasons
}

function counted(bounds: DatasetConstraints, found: number, quirks: boolean): Reason[] {
  const reasons: Reason[] = []
  const hasLeast = isFieldSet(bounds, DatasetConstraintsSchema.field.minExamplesCount)
  const hasMost = isFieldSet(bounds, DatasetConstraintsSchema.field.maxExamplesCount)
  const sentence = (side: string) =>
    `The dataset has ${sixDigits(found)} examples, which is ${side} than expected.`
  if (hasLeast && found < Number(bounds.minExamplesCount))
    reasons.push(reason('DATASET_LOW_NUM_EXAMPLES', 'Low num examples in dataset.', sentence('fewer')))
  if (hasMost && (hasLeast || !quirks) && found > Number(bounds.maxExamplesCount))
    reasons.push(reason('DATASET_HIGH_NUM_EXAMPLES', 'High num examples in dataset.', sentence('more')))
  return reasons
}
