import type { Anomaly, AnomalyKind, Drift, SchemaFeature, Split, Validation } from '#contract'
import type { JobContext } from '../jobs/index.ts'
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
import type { StatisticsRoom } from '../statistics/index.ts'
import { anomalyOf } from './checks/check.ts'
import { checks } from './checks/index.ts'
import { anomaliesOf, comparisonOf } from './found.ts'
import type { Subject } from './inputs.ts'
import { recounted } from './recount.ts'
import { formOf } from './schema/form.ts'
import {
  applySuggested,
  countFound,
  driftsOf,
  figuresOf,
  newcomers,
  type Reference,
} from './suggestions/index.ts'
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

/** Rules of TensorFlow Data Validation that are left to the checks that look at the rows themselves. */
const OF_ROWS: ReadonlySet<string> = new Set([
  'SCHEMA_MISSING_COLUMN',
  'SCHEMA_NEW_COLUMN',
  'UNEXPECTED_DATA_TYPE',
  'FEATURE_TYPE_LOW_FRACTION_PRESENT',
])

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

/**
 * All checks of rows: what the schema says of each cell, with the rows that break it; the rules over statistics; what
 * the data before suggest; and what no schema asks for.
 * @param now statistics of the rows that are compared with other data, and of which split they are; null: nothing is
 */
export async function checkRows(
  subject: Subject & { table: NonNullable<Subject['table']> },
  job: JobContext,
  {
    statistics,
    schema,
    controls,
    environment,
    label,
    without,
    now,
  }: {
    statistics: StatisticsRoom
    schema: Schema
    controls: Controls
    environment: string | undefined
    label: string | null
    without: readonly AnomalyKind[]
    now: { list: DatasetFeatureStatisticsList; split: Split | null } | null
  },
): Promise<Checked> {
  const { table } = subject
  const figures = await statistics.ensure(table, { ...job, makes: () => {} }, { from: 0.3, to: 0.6 })
  const { features, environments } = formOf(schema)
  const expected = features.filter(
    feature => !feature.deprecated && !(environment && feature.notInEnvironments?.includes(environment)),
  )
  const known = new Set(
    features.filter(feature => feature.deprecated || expected.includes(feature)).map(({ name }) => name),
  )
  if (environment !== undefined && !environments.includes(environment))
    // The rules say which there are.
    checkStrictly(await statistics.protoOf(table, { signal: job.signal }), schema, {}, environment)

  const anomalies: Anomaly[] = []
  const before = controls.previous && figuresOf(controls.previous.list).features
  const session = await table.session(job.signal)
  try {
    const running = checks.filter(({ kind, ours }) => !(ours && without.includes(kind)))
    for (const [at, { kind, run }] of running.entries()) {
      job.progress(0.6 + (0.2 * at) / running.length, `checking: ${kind.replaceAll('-', ' ')}`)
      const asked = {
        table,
        session,
        statistics: figures,
        schema: expected,
        known,
        newcomers: (feature: string) => newcomers(before?.get(feature) ?? { texts: null, present: 0 }),
        label,
        signal: job.signal,
      }
      anomalies.push(...overridden((await run(asked)).map(anomalyOf), controls.severityOverrides ?? []))
    }
  } finally {
    session.close()
  }

  job.progress(0.8, 'counting values')
  const whole = await statistics.protoOf(table, { signal: job.signal })
  const ofRows = new Set(anomalies.map(({ feature, kind }) => `${kind} ${feature}`))
  const isNews = ({ type, kind, feature }: Anomaly) =>
    !OF_ROWS.has(type ?? '') &&
    !ofRows.has(`${kind} ${feature}`) &&
    !(kind === 'wrong-shape' && ofRows.has(`too-many-missing ${feature}`)) &&
    !(kind === 'missing-column' && ofRows.has(`too-many-missing ${feature}`))
  const { anomalies: byRules } = checkStatistics(
    whole,
    schema,
    // Conditions that compare with the data before are asked where those are at hand.
    { ...controls, previous: undefined, serving: undefined, ...(now && { customValidation: undefined }) },
    environment,
  )
  anomalies.push(...byRules.filter(isNews))

  if (!now) return { anomalies, drifts: [] }
  const counting = await table.session(job.signal)
  try {
    const { previous } = controls
    const list = previous ? await recounted(now.list, previous.list, table, now.split, counting) : now.list
    const compared = checkStatistics(list, schema, controls, environment)
    const isOfPart = now.split !== null
    const fromBefore = compared.anomalies.filter(
      anomaly =>
        (anomaly.kind === 'custom' ||
          anomaly.kind === 'drift' ||
          anomaly.kind === 'skew' ||
          anomaly.suggested) &&
        // A part of the data has fewer rows than the whole by its nature.
        !(isOfPart && anomaly.kind === 'wrong-rows') &&
        // Where a feature is known to be wrong, that it looks otherwise than before is no news.
        !anomalies.some(
          ({ feature, kind, severity }) =>
            feature === anomaly.feature &&
            (kind === anomaly.kind || (anomaly.suggested && severity === 'error')),
        ),
    )
    // Rows beyond a suggested range are counted in all rows, wherever they were first seen.
    const placed = fromBefore.map(anomaly => ({
      ...anomaly,
      split: anomaly.kind === 'out-of-range' ? null : now.split,
    }))
    const counted = await countFound(placed, table, counting)
    return { anomalies: [...anomalies, ...counted.map(anomalyOf)], drifts: compared.drifts }
  } finally {
    counting.close()
  }
}
