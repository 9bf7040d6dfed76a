import type { Schema as Shown } from '#contract'
import type { JobContext } from '../jobs/index.ts'
import type { DatasetFeatureStatisticsList } from '../metadata/index.ts'
import type { StatisticsRoom } from '../statistics/index.ts'
import type { Subject } from './inputs.ts'
import { type KeptSchema, type Schemas, shown, titleOf } from './schema/schemas.ts'
import { typed } from './schema/typed.ts'
import { type InferOptions, inferSchema } from './tfdv/index.ts'

/** Of a table of pictures, the columns that tell one from another. */
const PICTURE_NAMES = new Set(['path', 'hash', 'blob'])

/** How a schema is inferred. */
export interface Inference extends Partial<InferOptions> {
  /** Exactly as TensorFlow Data Validation reads the data. */
  strict?: boolean
}

/**
 * Infers a schema as TensorFlow Data Validation does, from the train split of data (all rows where they are not split),
 * and keeps it as the newest of its dataset, with the figures of that data, which new data will be compared with.
 */
export async function inferFrom(
  subject: Subject,
  job: JobContext,
  { statistics, schemas }: { statistics: StatisticsRoom; schemas: Schemas },
  { strict = false, ...options }: Inference = {},
): Promise<KeptSchema> {
  const { table } = subject
  if (!table) throw new Error('a schema is kept for data only')
  const split = table.splits.train ? 'train' : undefined
  const data = table.version ? table.version.id : strict ? subject.source : table
  const list = await statistics.protoOf(data, {
    strict,
    split,
    signal: job.signal,
    tell: (_, step) => job.progress(null, step),
  })
  job.progress(null, 'inferring the schema')
  const inferred = inferSchema(list, options)
  const names = table.version?.images ? PICTURE_NAMES : undefined
  const schema = strict ? inferred : typed(inferred, table.columns, names)
  const title = split ? `${subject.title}, ${split}` : subject.title
  const { features } = await statistics.ensure(table, { ...job, makes: () => {} })
  const unique = features.map(
    ({ name, all, splits }) => [name, ((split && splits[split]) || all).unique] as const,
  )
  const reference = schemas.refer({ title, subject: subject.hash, unique: Object.fromEntries(unique) }, list)
  const kept = schemas.keep(subject.name, schema, job, reference)
  job.makes({ id: kept.id, kind: 'schema', title: titleOf(kept) })
  return kept
}

/** Infers a schema from statistics that someone wrote; it is kept nowhere. */
export function inferFromStatistics(
  subject: Subject,
  list: DatasetFeatureStatisticsList,
  job: JobContext,
  options: Partial<InferOptions>,
): Shown {
  return shown(subject.name, inferSchema(list, options), job)
}
