import type { Anomaly, Drift, Validation } from '#contract'
import {
  type Anomalies,
  Anomalies_AnomalyNameFormat,
  AnomaliesSchema,
  AnomalyInfo_Severity,
  AnomalyInfo_Type,
  AnomalyInfoSchema,
  create,
  DriftSkewInfo_Measurement_Type,
  DriftSkewInfoSchema,
} from '../metadata/index.ts'

const MEASURES = {
  'l-infinity': DriftSkewInfo_Measurement_Type.L_INFTY,
  'jensen-shannon': DriftSkewInfo_Measurement_Type.JENSEN_SHANNON_DIVERGENCE,
  'normalized-difference': DriftSkewInfo_Measurement_Type.NORMALIZED_ABSOLUTE_DIFFERENCE,
} as const

const measurement = ({ measure, value, threshold }: Drift) => ({
  type: MEASURES[measure],
  value,
  ...(threshold !== null && { threshold }),
})

/** What TensorFlow Data Validation has no type for is a custom validation there. */
const typeOf = ({ type }: Anomaly): AnomalyInfo_Type =>
  (type !== null && (AnomalyInfo_Type as Record<string, AnomalyInfo_Type>)[type]) ||
  AnomalyInfo_Type.CUSTOM_VALIDATION

/** Findings as the message that tools around TensorFlow Data Validation read; ours are custom validations there. */
export function messageWith(anomalies: Anomaly[], drifts: Validation['drifts']): Anomalies {
  const message = create(AnomaliesSchema, { anomalyNameFormat: Anomalies_AnomalyNameFormat.SERIALIZED_PATH })
  for (const [feature, all] of Map.groupBy(anomalies, one => one.feature)) {
    const isError = all.some(({ severity }) => severity === 'error')
    const info = create(AnomalyInfoSchema, {
      severity: isError ? AnomalyInfo_Severity.ERROR : AnomalyInfo_Severity.WARNING,
      shortDescription: all.length === 1 ? all[0]?.title : 'Multiple errors',
      description: all.map(({ detail }) => detail).join(' '),
      reason: all.map(one => ({ type: typeOf(one), shortDescription: one.title, description: one.detail })),
      ...(feature !== '' && { path: { step: [feature] } }),
    })
    if (feature === '') message.datasetAnomalyInfo = info
    else message.anomalyInfo[feature] = info
  }
  for (const [feature, all] of Map.groupBy(drifts, one => one.feature))
    message.driftSkewInfo.push(
      create(DriftSkewInfoSchema, {
        path: { step: [feature] },
        driftMeasurements: all.filter(({ kind }) => kind === 'drift').map(({ drift }) => measurement(drift)),
        skewMeasurements: all.filter(({ kind }) => kind === 'skew').map(({ drift }) => measurement(drift)),
      }),
    )
  return message
}
