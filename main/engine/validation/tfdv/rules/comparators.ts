import {
  create,
  type DriftSkewInfo_Measurement,
  DriftSkewInfo_Measurement_Type,
  DriftSkewInfo_MeasurementSchema,
  type FeatureComparator,
  type HistogramSelection,
  HistogramSelection_Type,
  HistogramSelectionSchema,
  InfinityNormSchema,
  isFieldSet,
  JensenShannonDivergenceSchema,
  NormalizedAbsoluteDifferenceSchema,
} from '../../../metadata/index.ts'
import { type DriftBin, type Measure, measures } from '../drift/index.ts'
import type { FeatureView } from '../featureView.ts'
import { sixDigits } from '../numbers.ts'
import { type Reason, reason } from '../reasons.ts'
import type { Checked } from './rule.ts'

/** What a comparison found, alarmed or not. */
export interface Comparison {
  reasons: Reason[]
  measurements: DriftSkewInfo_Measurement[]
}

const NOTHING: Comparison = { reasons: [], measurements: [] }

/** Current data against those of the previous span. */
export const drift = (checked: Checked): Comparison =>
  against(checked, checked.feature.driftComparator, 'previousSpan', 'current', 'previous')

/** Training data against those that are served. */
export const skew = (checked: Checked): Comparison =>
  against(checked, checked.feature.skewComparator, 'serving', 'training', 'serving')

function against(
  { view, quirks }: Checked,
  comparator: FeatureComparator | undefined,
  surrounding: 'previousSpan' | 'serving',
  treatment: string,
  name: string,
): Comparison {
  if (!comparator) return NOTHING
  const data = view.dataset.surroundings[surrounding]
  return compared(comparator, view, data && { name, of: data.find(view.path) }, treatment, quirks)
}

interface Control {
  name: string
  of: FeatureView | undefined
}

function compared(
  comparator: FeatureComparator,
  view: FeatureView,
  control: Control | undefined,
  treatment: string,
  quirks: boolean,
): Comparison {
  const asked = comparisonsOf(comparator, quirks)
  if (asked.length === 0 || !control) return NOTHING
  if (!control.of) {
    const title = `${control.name} data missing`
    const sentence = `${control.name} data is missing.`
    return { reasons: [reason('COMPARATOR_CONTROL_DATA_MISSING', title, sentence)], measurements: [] }
  }
  const found: Comparison = { reasons: [], measurements: [] }
  for (const { kind, words, type, measure, source, threshold, namesLargest } of asked) {
    const result = measure.measure(view, control.of, source)
    if (!result) continue
    const { value, largest } = result
    found.measurements.push(create(DriftSkewInfo_MeasurementSchema, { type, value, threshold }))
    if (!(value > threshold)) continue
    const between = `${words} between ${treatment} and ${control.name}`
    const end = namesLargest ? `. The feature value with maximum difference is: ${nameOf(largest)}` : '.'
    const sentence =
      `The ${between} is ${sixDigits(value)} (up to six significant digits), above the threshold ` +
      `${sixDigits(threshold)}${end}`
    found.reasons.push(reason(kind, `High ${between}`, sentence))
  }
  return found
}

interface Asked {
  kind: Parameters<typeof reason>[0]
  words: string
  type: DriftSkewInfo_Measurement_Type
  measure: Measure
  source?: HistogramSelection | undefined
  threshold: number
  namesLargest: boolean
}

/** The measures that have a threshold, in the order in which they are reported. */
function comparisonsOf(comparator: FeatureComparator, quirks: boolean): Asked[] {
  const { infinityNorm, normalizedAbsDifference, jensenShannonDivergence } = comparator
  const asked: Asked[] = []
  if (infinityNorm && isFieldSet(infinityNorm, InfinityNormSchema.field.threshold))
    asked.push({
      kind: 'COMPARATOR_L_INFTY_HIGH',
      words: 'Linfty distance',
      type: DriftSkewInfo_Measurement_Type.L_INFTY,
      measure: quirks ? measures.lInfinity : measures.lInfinityOfAll,
      source: create(HistogramSelectionSchema, { type: HistogramSelection_Type.QUANTILES }),
      threshold: infinityNorm.threshold,
      namesLargest: true,
    })
  if (
    normalizedAbsDifference &&
    isFieldSet(normalizedAbsDifference, NormalizedAbsoluteDifferenceSchema.field.threshold)
  )
    asked.push({
      kind: 'COMPARATOR_NORMALIZED_ABSOLUTE_DIFFERENCE_HIGH',
      words: 'normalized absolute difference',
      type: DriftSkewInfo_Measurement_Type.NORMALIZED_ABSOLUTE_DIFFERENCE,
      measure: measures.normalizedDifference,
      threshold: normalizedAbsDifference.threshold,
      namesLargest: true,
    })
  if (
    jensenShannonDivergence &&
    isFieldSet(jensenShannonDivergence, JensenShannonDivergenceSchema.field.threshold)
  )
    asked.push({
      kind: 'COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH',
      words: 'approximate Jensen-Shannon divergence',
      type: DriftSkewInfo_Measurement_Type.JENSEN_SHANNON_DIVERGENCE,
      measure: measures.jensenShannon,
      source: jensenShannonDivergence.source,
      threshold: jensenShannonDivergence.threshold,
      namesLargest: false,
    })
  return asked
}

const nameOf = (bin: DriftBin | undefined): string =>
  bin ? (bin.label ?? `${sixDigits(bin.low ?? 0)} to ${sixDigits(bin.high ?? 0)}`) : ''
