import type { Anomaly, Drift, SchemaFeature, Validation } from '#contract'
import {
  type CustomValidationConfig,
  clone,
  create,
  type DatasetFeatureStatisticsList,
  HistogramSelection_Type,
  HistogramSelectionSchema,
  JensenShannonDivergenceSchema,
  type Schema,
  SchemaSchema,
} from '../metadata/index.ts'
import { anomalyOf } from './checks/check.ts'
import { anomaliesOf, comparisonOf } from './found.ts'
import { formOf } from './schema/form.ts'
import { applySuggested, driftsOf, type Reference } from './suggestions/index.ts'
import { type Override, validateStatistics } from './tfdv/index.ts'
import { overridden, weighed } from './weighed.ts'

/** Other data that the data are held against. */
export interface Controls {
  /** For drift, and what it is called in sentences. */
  previous?: Reference | undefined
  /** What the schema was inferred from, which suggested limits of drift come from. */
  limits?: Reference | undefined
  /** For skew. */
  serving?: { title: string; list: DatasetFeatureStatisticsList } | undefined
  /** For the number of rows. */
  previousVersion?: DatasetFeatureStatisticsList | undefined
  /** Other severities than error. */
  severityOverrides?: readonly Override[] | undefined
  /** Conditions that someone wrote over the statistics. */
  customValidation?: CustomValidationConfig | undefined
}

/** What a check found. */
export interface Checked {
  anomalies: Anomaly[]
  drifts: Validation['drifts']
}

const MEASURES = {
  COMPARATOR_L_INFTY_HIGH: 'l-infinity',
  COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH: 'jensen-shannon',
  COMPARATOR_NORMALIZED_ABSOLUTE_DIFFERENCE_HIGH: 'normalized-difference',
} as const

/** Numbers are compared by quantiles where a schema leaves the histogram open: equal widths misfire on long tails. */
function byQuantiles(schema: Schema): Schema {
  const next = clone(SchemaSchema, schema)
  for (const { driftComparator, skewComparator } of next.feature)
    for (const comparator of [driftComparator, skewComparator]) {
      const divergence = comparator?.jensenShannonDivergence
      if (
        divergence &&
        (divergence.source?.type ?? HistogramSelection_Type.DEFAULT) === HistogramSelection_Type.DEFAULT
      )
        comparator.jensenShannonDivergence = create(JensenShannonDivergenceSchema, {
          threshold: divergence.threshold,
          source: create(HistogramSelectionSchema, { type: HistogramSelection_Type.QUANTILES }),
        })
    }
  return next
}

/** The rules of TensorFlow Data Validation, and nothing else. */
export const checkStrictly = (
  list: DatasetFeatureStatisticsList,
  schema: Schema,
  controls: Controls,
  environment: string | undefined,
) =>
  validateStatistics({
    statistics: list,
    schema,
    environment,
    previousSpan: controls.previous?.list,
    serving: controls.serving?.list,
    previousVersion: controls.previousVersion,
    severityOverrides: controls.severityOverrides,
    customValidation: controls.customValidation,
  })

/**
 * The rules of TensorFlow Data Validation with its oddities mended, each drift with what makes it, and what the data
 * before suggest.
 */
export function checkStatistics(
  list: DatasetFeatureStatisticsList,
  schema: Schema,
  controls: Controls,
  environment: string | undefined,
): Checked {
  const message = validateStatistics({
    statistics: list,
    schema: byQuantiles(schema),
    environment,
    previousSpan: controls.previous?.list,
    serving: controls.serving?.list,
    previousVersion: controls.previousVersion,
    severityOverrides: controls.severityOverrides,
    customValidation: controls.customValidation,
    quirks: false,
  })
  const form = formOf(schema)
  const compared = {
    drift: controls.previous && comparisonOf(list, controls.previous.list, controls.previous.title),
    skew: controls.serving && comparisonOf(list, controls.serving.list, controls.serving.title),
  }
  const found = weighed(anomaliesOf(message), list, schema, controls.previous)
  const anomalies = overridden(found, controls.severityOverrides ?? []).map(anomaly => {
    const measure = MEASURES[anomaly.type as keyof typeof MEASURES]
    if (!measure || (anomaly.kind !== 'drift' && anomaly.kind !== 'skew')) return anomaly
    const limits = form.features.find(({ name }) => name === anomaly.feature)?.[anomaly.kind]
    const threshold = limits?.find(limit => limit.measure === measure)?.threshold ?? null
    return { ...anomaly, drift: compared[anomaly.kind]?.measure(anomaly.feature, measure, threshold) ?? null }
  })
  const { previous, limits } = controls
  const suggested = previous ? applySuggested(previous, form, list, { limits }).map(anomalyOf) : []
  return { anomalies: [...anomalies, ...suggested], drifts: driftsAgainst(list, controls, form.features) }
}

/** Every drift and skew, also those without a limit. */
function driftsAgainst(
  list: DatasetFeatureStatisticsList,
  { previous, serving }: Controls,
  features: SchemaFeature[],
): Validation['drifts'] {
  const found: Validation['drifts'] = []
  const form = { features, environments: [], rows: { min: null, max: null } }
  const add = (kind: 'drift' | 'skew', drifts: { feature: string; drift: Drift }[]) =>
    found.push(...drifts.map(({ feature, drift }) => ({ feature, kind, drift })))
  if (previous) add('drift', driftsOf(list, previous, form))
  if (serving) add('skew', driftsOf(list, serving, form))
  return found
}
