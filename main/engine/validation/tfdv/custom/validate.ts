import { fail } from '../../../kit/index.ts'
import {
  type Anomalies,
  type AnomalyInfo,
  AnomalyInfo_ReasonSchema,
  AnomalyInfo_Type,
  AnomalyInfoSchema,
  type CustomValidationConfig,
  clone,
  create,
  type DatasetFeatureStatisticsList,
  type FeatureNameStatistics,
  FeatureNameStatisticsSchema,
  type Path,
  PathSchema,
  type Validation,
} from '../../../metadata/index.ts'
import { serializePath } from '../paths.ts'
import { severer } from '../reasons.ts'
import { ALL_ROWS } from '../statisticsView.ts'
import { holds } from './evaluate.ts'
import { Part } from './fields.ts'

const SEVERAL = 'Multiple errors'

/** What conditions are held against. */
export interface Asked {
  statistics: DatasetFeatureStatisticsList
  previousSpan?: DatasetFeatureStatisticsList | undefined
  environment?: string | undefined
}

/**
 * Adds an anomaly for each condition that does not hold. A pair of features compares with the previous span.
 * @throws Failure where a dataset or a feature is not there, or a condition has no answer
 */
export function addCustomAnomalies(anomalies: Anomalies, config: CustomValidationConfig, asked: Asked): void {
  const { statistics, previousSpan, environment } = asked
  const found = new Map<string, AnomalyInfo>()
  for (const { datasetName, featurePath, validations } of config.featureValidations) {
    const feature = partOf(statistics, datasetName, featurePath)
    for (const validation of validations.filter(isMeant(environment)))
      if (!holds(validation.sqlExpression, { feature }))
        note(found, featurePath, validation, dataset(datasetName))
  }
  for (const pair of config.featurePairValidations) {
    if (!previousSpan)
      throw fail(
        'bad-input',
        'A custom validation compares two features, but there is nothing to compare with.',
        'Give the previous statistics too.',
      )
    const { datasetName, baseDatasetName, featureTestPath, featureBasePath } = pair
    const names = {
      feature_test: partOf(statistics, datasetName, featureTestPath),
      feature_base: partOf(previousSpan, baseDatasetName, featureBasePath),
    }
    const source = `${dataset(datasetName)} Base dataset: ${baseDatasetName} Base path: ${nameOf(featureBasePath)}`
    for (const validation of pair.validations.filter(isMeant(environment)))
      if (!holds(validation.sqlExpression, names)) note(found, featureTestPath, validation, source)
  }
  for (const [name, info] of found) merge(anomalies, name, info)
}

const isMeant =
  (environment: string | undefined) =>
  ({ inEnvironment }: Validation): boolean =>
    inEnvironment.length === 0 || (environment !== undefined && inEnvironment.includes(environment))

const nameOf = (path: Path | undefined): string => serializePath(path?.step ?? [])

const dataset = (name: string): string => name || 'default slice'

/** The last statistics of a feature in the named dataset; without a name in the unnamed, else in the one of all rows. */
function partOf(
  { datasets }: DatasetFeatureStatisticsList,
  datasetName: string,
  path: Path | undefined,
): Part {
  const named = datasets.filter(({ name, features }) => name === datasetName && features.length > 0)
  const chosen =
    named.length > 0 || datasetName !== '' ? named : datasets.filter(({ name }) => name === ALL_ROWS)
  const feature = chosen
    .flatMap(({ features }) => features)
    .findLast((one: FeatureNameStatistics) => {
      const own = one.fieldId.case === 'path' ? one.fieldId.value : undefined
      return nameOf(own) === nameOf(path)
    })
  if (feature) return new Part(FeatureNameStatisticsSchema, feature)
  throw fail(
    'not-found',
    chosen.length === 0
      ? `A custom validation is about the dataset “${datasetName}”, of which there are no statistics.`
      : `A custom validation is about the feature “${nameOf(path)}”, of which there are no statistics.`,
    'Correct the name in the custom validation.',
  )
}

function note(
  found: Map<string, AnomalyInfo>,
  path: Path | undefined,
  { sqlExpression, description, severity }: Validation,
  source: string,
): void {
  const name = nameOf(path)
  const known = found.get(name)
  const info =
    known ?? create(AnomalyInfoSchema, { path: clone(PathSchema, path ?? create(PathSchema)), severity })
  info.severity = severer(info.severity, severity)
  info.reason.push(
    create(AnomalyInfo_ReasonSchema, {
      type: AnomalyInfo_Type.CUSTOM_VALIDATION,
      shortDescription: description,
      description: `Custom validation triggered anomaly. Query: ${sqlExpression} Test dataset: ${source}`,
    }),
  )
  found.set(name, info)
}

/** Puts the reasons after those that the feature has already. */
function merge({ anomalyInfo }: Anomalies, name: string, added: AnomalyInfo): void {
  const known = anomalyInfo[name]
  const info = known ?? added
  if (known) {
    known.severity = severer(known.severity, added.severity)
    known.reason.push(...added.reason)
  } else anomalyInfo[name] = added
  const [first, ...more] = info.reason
  info.shortDescription = known || more.length > 0 ? SEVERAL : (first?.shortDescription ?? '')
  info.description = info.reason.map(one => one.description).join(' ')
}
