import type { Anomaly, Drift, DriftMeasure } from '#contract'
import {
  type Anomalies,
  type AnomalyInfo_Reason,
  AnomalyInfo_Severity,
  type DatasetFeatureStatisticsList,
} from '../metadata/index.ts'
import { anomalyOf } from './checks/check.ts'
import { binsOf } from './driftBins.ts'
import { kindOf, nameOf } from './kinds.ts'
import { distributionsOf, measureDrift } from './tfdv/index.ts'

const MEASURES = {
  'l-infinity': 'lInfinity',
  'jensen-shannon': 'jensenShannon',
  'normalized-difference': 'normalizedDifference',
} as const

/** What TensorFlow Data Validation's rules found, a line for each reason. */
export function anomaliesOf(message: Anomalies): Anomaly[] {
  const infos = [
    // A name with dots is a key in quotes; its path is the name itself.
    ...Object.entries(message.anomalyInfo).map(
      ([key, info]) => [info.path?.step.length === 1 ? (info.path.step[0] as string) : key, info] as const,
    ),
    ...(message.datasetAnomalyInfo ? [['', message.datasetAnomalyInfo] as const] : []),
  ]
  const found = infos.flatMap(([feature, info]) =>
    info.reason.map(reason => lineOf(feature, reason, info.severity === AnomalyInfo_Severity.WARNING)),
  )
  if (message.dataMissing)
    found.push(
      anomalyOf({
        feature: '',
        kind: 'wrong-rows',
        severity: 'error',
        split: null,
        title: 'No data',
        detail: 'The statistics are of no rows at all.',
        rows: 0,
        examples: [],
      }),
    )
  return found
}

function lineOf(feature: string, reason: AnomalyInfo_Reason, isWarning: boolean): Anomaly {
  const kind = kindOf(reason.type, reason.shortDescription)
  return anomalyOf({
    feature,
    kind,
    type: nameOf(reason.type),
    severity: isWarning ? 'warning' : 'error',
    split: null,
    title: reason.shortDescription,
    detail: reason.description,
    rows: 0,
    examples: [],
    updatable: kind !== 'custom' && kind !== 'skew',
  })
}

/** Compares features of two sets of statistics. */
export interface Comparison {
  /** Null where the two cannot be compared. */
  measure(feature: string, measure: DriftMeasure, threshold: number | null): Drift | null
}

/** @param against what the second set is called in sentences */
export function comparisonOf(
  now: DatasetFeatureStatisticsList,
  before: DatasetFeatureStatisticsList,
  against: string,
): Comparison {
  const [current, former] = [distributionsOf(now), distributionsOf(before)]
  return {
    measure(feature, measure, threshold) {
      const [a, b] = [former(feature), current(feature)]
      if (!a || !b) return null
      const by = MEASURES[measure]
      const found = measureDrift(a, b, by)
      if (!found) return null
      const theirs = measureDrift(a, b, by, { source: 'STANDARD', quirks: true })?.value ?? null
      return {
        measure,
        value: found.value,
        threshold,
        formula: found.formula,
        against,
        bins: binsOf(found.bins),
        tfdv: theirs !== null && Math.abs(theirs - found.value) > 1e-9 ? theirs : null,
      }
    },
  }
}
