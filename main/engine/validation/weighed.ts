import type { Anomaly, SchemaFeature } from '#contract'
import {
  AnomalyInfo_Severity,
  type CommonStatistics,
  type DatasetFeatureStatisticsList,
  type Feature,
  type Histogram_Bucket,
  type NumericStatistics,
  type Schema,
} from '../metadata/index.ts'
import { anomalyOf, severityOf } from './checks/check.ts'
import { severityOfNews } from './checks/outOfDomain.ts'
import { tooMany } from './checks/tooManyMissing.ts'
import { nameOf } from './kinds.ts'
import { formOf } from './schema/form.ts'
import { countsOf, type Figures, figuresOf, newcomers, type Reference } from './suggestions/index.ts'
import type { Override } from './tfdv/index.ts'

const MISSING = 'FEATURE_TYPE_LOW_FRACTION_PRESENT'
const SHAPE = 'INVALID_FEATURE_SHAPE'

interface Weighing {
  anomaly: Anomaly
  feature: SchemaFeature
  figures: Figures
  rows: number
  /** The share of values that may be new. */
  fresh: number
  /** Each row that has values has as many as the schema says. */
  isOfShape: boolean
}

/**
 * What the rules found, weighed by how many rows it is about, as the checks of rows weigh it: few rows are a warning. What
 * statistics cannot show to be few counts as many. What one value that is missing breaks is told once.
 */
export function weighed(
  anomalies: readonly Anomaly[],
  list: DatasetFeatureStatisticsList,
  schema: Schema,
  previous: Reference | undefined,
): Anomaly[] {
  const data = figuresOf(list)
  const before = previous && figuresOf(previous.list).features
  const forms = new Map(formOf(schema).features.map(feature => [feature.name, feature]))
  const messages = new Map(schema.feature.map(feature => [feature.name, feature]))
  const weigh = (anomaly: Anomaly): Anomaly => {
    const { type, feature: name } = anomaly
    if (type === 'SCHEMA_NEW_COLUMN') return { ...anomaly, severity: 'warning' }
    const [feature, figures] = [forms.get(name), data.features.get(name)]
    if (!feature || !figures) return anomaly
    const fresh = newcomers(before?.get(name) ?? { texts: null, present: 0 })
    const isOfShape = hasShape(figures.common, messages.get(name))
    return WEIGHTS[type ?? '']?.({ anomaly, feature, figures, rows: data.rows, fresh, isOfShape }) ?? anomaly
  }
  // A value that is missing has no shape and is in fewer rows, and the rules say each: it is told once.
  const missing = new Map<string, number>()
  anomalies.forEach(({ type, feature }, at) => {
    if (type === MISSING && !missing.has(feature)) missing.set(feature, at)
  })
  return anomalies
    .filter(({ type, feature }, at) => {
      if (type === MISSING) return missing.get(feature) === at
      const common = type === SHAPE && missing.has(feature) && data.features.get(feature)?.common
      return !common || !hasShape(common, messages.get(feature))
    })
    .map(weigh)
}

/** The severities that someone asked for, where others were found; what is not worth telling is left out. */
export function overridden(anomalies: readonly Anomaly[], overrides: readonly Override[]): Anomaly[] {
  return anomalies.flatMap(anomaly => {
    const override = overrides.findLast(({ type }) => nameOf(type) === anomaly.type)
    if (!override) return [anomaly]
    if (override.severity === AnomalyInfo_Severity.UNKNOWN) return []
    const severity = override.severity === AnomalyInfo_Severity.WARNING ? 'warning' : 'error'
    return [{ ...anomaly, severity }]
  })
}

/** Whether each row that has values has as many as the schema says, so that a shape is broken by rows without any only. */
function hasShape(common: CommonStatistics, feature: Feature | undefined): boolean {
  if (common.presenceAndValencyStats.length > 1 || feature?.shapeType.case !== 'shape') return false
  const wanted = feature.shapeType.value.dim.reduce((length, { size }) => length * size, 1n)
  return common.minNumValues === wanted && common.maxNumValues === wanted
}

const WEIGHTS: Readonly<Record<string, (weighing: Weighing) => Anomaly>> = {
  [MISSING]: ({ feature, figures: { missing }, rows }) =>
    // There are no rows to be shown.
    anomalyOf({ ...tooMany(feature, { missing, rows, split: null }), where: null }),
  [SHAPE]: ({ anomaly, figures: { missing }, rows, isOfShape }) =>
    isOfShape ? { ...anomaly, severity: severityOf(missing, rows) } : anomaly,
  ENUM_TYPE_UNEXPECTED_STRING_VALUES: ({ anomaly, feature, figures: { texts }, rows, fresh }) => {
    if (!texts || !feature.domain) return anomaly
    const known = new Set(feature.domain)
    const labels = (texts.rankHistogram?.buckets ?? []).map(({ label }) => label)
    const { counts, unlisted } = countsOf(texts)
    const odd = counts.reduce((sum, count, at) => sum + (known.has(labels[at] ?? '') ? 0 : count), 0)
    // Values that are not listed are rarer than those that are.
    const most = odd + unlisted * (counts.at(-1) ?? rows)
    const allowed = 1 - (feature.domainMass ?? 1)
    return { ...anomaly, severity: severityOfNews(most, rows, { allowed, fresh }) }
  },
  INT_TYPE_SMALL_INT: below,
  FLOAT_TYPE_SMALL_FLOAT: below,
  INT_TYPE_BIG_INT: above,
  FLOAT_TYPE_BIG_FLOAT: above,
}

function below(weighing: Weighing): Anomaly {
  const min = weighing.feature.range?.min
  return beyond(weighing, ({ lowValue }) => typeof min !== 'number' || lowValue < min)
}

function above(weighing: Weighing): Anomaly {
  const max = weighing.feature.range?.max
  return beyond(weighing, ({ highValue }) => typeof max !== 'number' || highValue > max)
}

function beyond(
  { anomaly, figures, rows }: Weighing,
  reaches: (bucket: Histogram_Bucket) => boolean,
): Anomaly {
  return figures.numbers
    ? { ...anomaly, severity: severityOf(mostIn(figures.numbers, reaches), rows) }
    : anomaly
}

/** Values in such buckets: as no bucket says where in it they lie, no more than this, by the histogram that knows best. */
const mostIn = ({ histograms }: NumericStatistics, reaches: (bucket: Histogram_Bucket) => boolean): number =>
  Math.min(
    ...histograms.map(({ buckets }) =>
      buckets.reduce((sum, bucket) => sum + (reaches(bucket) ? bucket.sampleCount : 0), 0),
    ),
  )
