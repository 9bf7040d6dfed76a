import { fail } from '../../kit/index.ts'
import {
  type Anomalies,
  AnomaliesSchema,
  type CustomValidationConfig,
  clone,
  create,
  type DatasetFeatureStatistics,
  type DatasetFeatureStatisticsList,
  DatasetFeatureStatisticsSchema,
  equals,
  FeatureSchema,
  type Schema,
  SparseFeatureSchema,
  StringDomainSchema,
  WeightedFeatureSchema,
} from '../../metadata/index.ts'
import { Collected } from './anomalies.ts'
import { addCustomAnomalies } from './custom/validate.ts'
import { checkEntry } from './entry.ts'
import type { FeatureView } from './featureView.ts'
import type { Override } from './reasons.ts'
import { reason } from './reasons.ts'
import { dataset as datasetRule } from './rules/dataset.ts'
import { type Entry, isEntryDeprecated, SchemaView } from './schemaView.ts'
import { isWeighted, StatisticsView, wholeDataset } from './statisticsView.ts'
import { absentPaths } from './update.ts'

/** Statistics, what is expected of them, and what they are compared with. */
export interface Validated {
  statistics: DatasetFeatureStatisticsList
  schema: Schema
  /** One of the schema's default environments; without it every feature is expected. */
  environment?: string | undefined
  /** Earlier data, for drift. */
  previousSpan?: DatasetFeatureStatisticsList | undefined
  /** Data as they are served, for skew. */
  serving?: DatasetFeatureStatisticsList | undefined
  /** The same data before, for the number of examples. */
  previousVersion?: DatasetFeatureStatisticsList | undefined
  severityOverrides?: readonly Override[] | undefined
  /** Conditions over the statistics that someone wrote; pairs of features compare with the previous span. */
  customValidation?: CustomValidationConfig | undefined
  /** False mends three oddities of TensorFlow Data Validation: see `unique`, `dataset` and `lInfinityOfAll`. */
  quirks?: boolean | undefined
}

/**
 * Holds statistics against a schema and says what is wrong, as `validate_statistics` of TensorFlow Data Validation
 * does; without the schema itself in the result. The given messages stay as they are.
 * @throws Failure for an environment that the schema does not list, for several datasets without one over all rows, and
 *   for a custom validation that cannot be answered
 */
export function validateStatistics(asked: Validated): Anomalies {
  const whole = wholeDataset(asked.statistics)
  const { schema, environment, customValidation } = asked
  if (environment !== undefined && !schema.defaultEnvironment.includes(environment))
    throw fail(
      'bad-input',
      `The schema knows no environment “${environment}”.`,
      schema.defaultEnvironment.length > 0
        ? `Choose one of ${schema.defaultEnvironment.join(', ')}, or none.`
        : 'List it among the default environments of the schema, or choose none.',
    )
  const controls = [asked.previousSpan, asked.serving, asked.previousVersion].map(controlOf)
  const anomalies = whole.numExamples === 0n ? noData() : compare(asked, whole, controls)
  if (customValidation) addCustomAnomalies(anomalies, customValidation, asked)
  return anomalies
}

const noData = (): Anomalies => create(AnomaliesSchema, { dataMissing: true })

/** A dataset to compare with; one about which nothing is said counts as none. */
function controlOf(list: DatasetFeatureStatisticsList | undefined): DatasetFeatureStatistics | undefined {
  const dataset = list && wholeDataset(list)
  const isBlank =
    dataset && equals(DatasetFeatureStatisticsSchema, dataset, create(DatasetFeatureStatisticsSchema))
  return isBlank ? undefined : dataset
}

function compare(
  { schema, environment, severityOverrides = [], quirks = true }: Validated,
  whole: DatasetFeatureStatistics,
  controls: (DatasetFeatureStatistics | undefined)[],
): Anomalies {
  const byWeight = isWeighted(whole)
  const named = environment === '' ? undefined : environment
  const [previousSpan, serving, previousVersion] = controls.map(
    control => control && new StatisticsView(control, byWeight, { environment: named }),
  )
  const surroundings = { environment: named, previousSpan, serving, previousVersion }
  const view = new StatisticsView(whole, byWeight, surroundings)
  const entries = new SchemaView(schema)
  const collected = new Collected(severityOverrides)

  function check(feature: FeatureView): void {
    const { path } = feature
    if (entries.isDeprecated(path)) return
    const draft = draftOf(entries.entry(path))
    const findings = checkEntry(draft, feature, { schema, domains: draftDomains(entries), quirks })
    collected.add(path, findings ?? NEW_COLUMN, findings === null)
    if (findings === null) return
    if (collected.has(path) && isEntryDeprecated(draft)) return
    for (const child of view.childrenOf(feature)) check(child)
  }

  for (const root of view.roots) check(root)
  for (const path of absentPaths(entries, view)) collected.add(path, MISSING_COLUMN)
  if (schema.datasetConstraints) collected.addDataset(datasetRule(schema.datasetConstraints, view, quirks))
  return collected.toMessage()
}

const NEW_COLUMN = {
  reasons: [reason('SCHEMA_NEW_COLUMN', 'New column', 'New column (column in data but not in schema)')],
  drift: [],
  skew: [],
}

const MISSING_COLUMN = {
  reasons: [reason('SCHEMA_MISSING_COLUMN', 'Column dropped', 'Column is completely missing')],
  drift: [],
  skew: [],
}

/** Rules mend what they find, so each feature is checked on a copy of its own. */
const draftOf = ({ feature, sparse, weighted }: Entry): Entry => ({
  feature: feature && clone(FeatureSchema, feature),
  sparse: sparse && clone(SparseFeatureSchema, sparse),
  weighted: weighted && clone(WeightedFeatureSchema, weighted),
})

const draftDomains = (entries: SchemaView) => ({
  find(name: string) {
    const domain = entries.find(name)
    return domain && clone(StringDomainSchema, domain)
  },
  remove() {},
})
