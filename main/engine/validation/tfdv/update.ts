import {
  clone,
  create,
  type DatasetFeatureStatistics,
  type DatasetFeatureStatisticsList,
  DatasetFeatureStatisticsSchema,
  type Schema,
  SchemaSchema,
} from '../../metadata/index.ts'
import { addColumn, type InferOptions } from './column.ts'
import { checkEntry } from './entry.ts'
import type { FeatureView } from './featureView.ts'
import { deprecate } from './lifecycle.ts'
import { pathKey, type Steps } from './paths.ts'
import { SchemaView } from './schemaView.ts'
import { isWeighted, StatisticsView, wholeDataset } from './statisticsView.ts'

const MAX_DOMAIN = 100

/**
 * The schema that the data of these statistics obey, as `infer_schema` of TensorFlow Data Validation gives it.
 * @throws Failure where the statistics are of several datasets and none is over all rows
 */
export function inferSchema(
  statistics: DatasetFeatureStatisticsList,
  { shape = true, maxDomain = MAX_DOMAIN }: Partial<InferOptions> = {},
): Schema {
  const { features, ...whole } = wholeDataset(statistics)
  const counted = features.filter(feature => feature.stats.case !== undefined)
  const dataset = create(DatasetFeatureStatisticsSchema, { ...whole, features: counted })
  return loosened(create(SchemaSchema), dataset, { shape, maxDomain }, {})
}

/** What of a schema is updated, and how. */
export interface UpdateOptions {
  maxDomain?: number
  /** Only these features; without them all. */
  paths?: readonly Steps[]
  environment?: string
  quirks?: boolean
}

/**
 * The schema loosened so far that these statistics no longer break it, as `update_schema` of TensorFlow Data Validation
 * does: new columns added, absent and changed ones deprecated, domains and bounds widened. The given one stays as it is.
 * @throws Failure where the statistics are of several datasets and none is over all rows
 */
export function updateSchema(
  schema: Schema,
  statistics: DatasetFeatureStatisticsList,
  { maxDomain = MAX_DOMAIN, ...options }: UpdateOptions = {},
): Schema {
  const infer = { shape: false, maxDomain }
  return loosened(clone(SchemaSchema, schema), wholeDataset(statistics), infer, options)
}

function loosened(
  schema: Schema,
  dataset: DatasetFeatureStatistics,
  infer: InferOptions,
  { paths, environment, quirks = true }: UpdateOptions,
): Schema {
  const view = new StatisticsView(dataset, isWeighted(dataset), { environment })
  const entries = new SchemaView(schema)
  const chosen = paths && new Set(paths.map(pathKey))
  const isChosen = (path: Steps): boolean => chosen?.has(pathKey(path)) ?? true

  function mend(feature: FeatureView): void {
    if (!isChosen(feature.path)) return
    const findings = checkEntry(entries.entry(feature.path), feature, { schema, domains: entries, quirks })
    if (findings === null) addColumn(entries, feature, infer)
    if (entries.isDeprecated(feature.path)) return
    for (const child of view.childrenOf(feature)) mend(child)
  }

  for (const root of view.roots) mend(root)
  for (const path of absentPaths(entries, view)) {
    const { feature } = entries.entry(path)
    if (feature && isChosen(path)) deprecate(feature)
  }
  return schema
}

/** Paths that must be there and have no statistics. */
export function absentPaths(schema: SchemaView, view: StatisticsView): Steps[] {
  const present = new Set(view.features.map(({ path }) => pathKey(path)))
  return schema.requiredPaths(view.surroundings.environment).filter(path => !present.has(pathKey(path)))
}
