import { basename, resolve } from 'node:path'
import type { Filter, Hash, StatisticsPlan } from '#contract'
import type { DatasetRoom } from '../dataset/index.ts'
import { fail, hashFile } from '../kit/index.ts'
import type { DatasetFeatureStatisticsList, Schema } from '../metadata/index.ts'
import { keyOf } from './kept.ts'
import { statisticsIn } from './messages.ts'

/** What is to be computed of what, once it is known what the data is. */
export interface Subject {
  /** The hash of all that decides the figures. */
  id: Hash
  /** There where the data is a file of statistics. */
  message: DatasetFeatureStatisticsList | null
  title: string | null
  where: Filter
}

type Plan = Pick<StatisticsPlan, 'data'> & Partial<Omit<StatisticsPlan, 'data'>>

/** What decides figures beside the rows; nothing where they are computed the usual way. */
async function howOf(
  { slice = [], weight, split, correlations, tfdv, schema, labelFeature }: Partial<StatisticsPlan>,
  where: Filter,
): Promise<Record<string, unknown>> {
  return {
    ...(slice.length ? { slice: [...new Set(slice)].sort() } : {}),
    ...(weight === undefined ? {} : { weight }),
    ...(where.length ? { where } : {}),
    ...(split === undefined ? {} : { split }),
    ...(correlations ? { correlations } : {}),
    ...(tfdv ? { tfdv } : {}),
    ...(schema === undefined ? {} : { schema: await hashFile(resolve(schema)) }),
    ...(labelFeature === undefined ? {} : { labelFeature }),
  }
}

/** @throws Failure bad-input where a plan asks for what only strict figures have */
function wantStrict({ tfdv, schema, labelFeature }: Plan): void {
  if (!tfdv && (schema !== undefined || labelFeature !== undefined))
    throw fail(
      'bad-input',
      'A schema and a label are used only where statistics are made as TensorFlow Data Validation makes them.',
      'Add --tfdv, or leave them out.',
    )
  if (labelFeature !== undefined && schema === undefined)
    throw fail(
      'bad-input',
      'The lift of a label needs a schema, which says which columns are categories.',
      'Add --schema with a schema file; edgewright validation infer writes one.',
    )
}

/** A schema that lies in a file. @throws Failure as reading it does */
export async function schemaIn(path: string): Promise<Schema> {
  const { readMessage, SchemaSchema } = await import('../metadata/index.ts')
  return readMessage(resolve(path), SchemaSchema)
}

/**
 * @throws Failure not-found (no such data, no such slice), bad-input where a file of statistics is to be counted anew,
 *   and what reading throws
 */
export async function subjectOf(dataset: DatasetRoom, plan: Plan, signal?: AbortSignal): Promise<Subject> {
  const { data, within } = plan
  wantStrict(plan)
  const message = await statisticsIn(data)
  if (message) {
    const { slice, weight, split, schema, labelFeature } = plan
    if (slice?.length || [weight, within, split, schema, labelFeature].some(asked => asked !== undefined))
      throw fail(
        'bad-input',
        `${basename(data)} holds statistics and no rows, which cannot be sliced, weighed, narrowed or measured any more.`,
        'Give the data that they were computed of.',
      )
    const subject = await hashFile(resolve(data), signal)
    return { id: keyOf(subject, { message: true }), message, title: basename(data), where: [] }
  }
  const where = within === undefined ? [] : filterOf(dataset, data, within)
  const { subject } = await dataset.subjectOf(data, signal)
  return { id: keyOf(subject, await howOf(plan, where)), message: null, title: null, where }
}

function filterOf(dataset: DatasetRoom, data: string, within: string): Filter {
  try {
    dataset.resolve(data)
  } catch {
    throw fail(
      'bad-input',
      `${basename(data)} is not imported, so it has no saved slices.`,
      'Import it, save the slice, and ask for the dataset by its name.',
    )
  }
  return dataset.filterOf(data, within)
}
