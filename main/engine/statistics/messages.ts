import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { constants, gunzipSync } from 'node:zlib'
import type { Split, Statistics } from '#contract'
import { type DatasetRoom, SPLITS, type Table } from '../dataset/index.ts'
import { FailureError, fail } from '../kit/index.ts'
import type { DatasetFeatureStatisticsList, Schema } from '../metadata/index.ts'
import type { Computed } from './compute.ts'
import { wantPlace } from './out.ts'
import { inSplit } from './parts.ts'
import type { Counting } from './tfdv/index.ts'

/** Larger files of records are rows, not statistics. */
const LARGEST_RECORDS = 64 << 20
const HEAD = 4096

/** The first characters of a file, also of one that gzip packed. */
function headOf(path: string): string {
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(HEAD)
    const head = bytes.subarray(0, readSync(file, bytes, 0, HEAD, 0))
    return (
      head[0] === 0x1f && head[1] === 0x8b ? gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH }) : head
    ).toString('utf8')
  } catch {
    return ''
  } finally {
    closeSync(file)
  }
}

/**
 * Statistics that someone wrote into a file, or null where it is no such file: a dataset, or a file of rows.
 * @throws Failure as reading such a file does, where its name says that it is one
 */
export async function statisticsIn(data: string): Promise<DatasetFeatureStatisticsList | null> {
  const path = resolve(data)
  const [, ending = ''] = /\.([a-z]+)(?:-\d{5}-of-\d{5})?(?:\.gz)?$/i.exec(basename(path)) ?? []
  const kind = ending.toLowerCase()
  const named = ['pb', 'binpb', 'pbtxt', 'textproto', 'txtpb'].includes(kind)
  const perhaps = ['json', 'txt', 'tfrecord', 'tfrecords'].includes(kind)
  if ((!named && !perhaps) || !existsSync(path) || !statSync(path).isFile()) return null
  if (kind === 'json' && !/^\ufeff?\s*\{\s*"datasets"\s*:/.test(headOf(path))) return null
  if (kind === 'txt' && !/^\ufeff?(\s|#.*\n)*datasets\s*[:{]/.test(headOf(path))) return null
  if (kind.startsWith('tfrecord') && statSync(path).size > LARGEST_RECORDS) return null
  const { readMessage, DatasetFeatureStatisticsListSchema } = await import('../metadata/index.ts')
  try {
    return await readMessage(path, DatasetFeatureStatisticsListSchema)
  } catch (error) {
    if (!named && kind !== 'json' && kind !== 'txt' && error instanceof FailureError) return null
    throw error
  }
}

/** @throws Failure bad-input where statistics cannot be written to a file of this name */
export const wantWritable = (out: string): void =>
  wantPlace(
    out,
    /\.(pb|binpb|json|pbtxt|textproto|txtpb|txt|tfrecords?)(\.gz)?$/i,
    'Let it end with .pb, .json, .pbtxt or .tfrecord.',
  )

/** Writes statistics in the form that the file's name asks for. @throws Failure where it cannot be written */
export async function writeList(out: string, list: DatasetFeatureStatisticsList): Promise<void> {
  const { writeMessage, DatasetFeatureStatisticsListSchema } = await import('../metadata/index.ts')
  await writeMessage(resolve(out), DatasetFeatureStatisticsListSchema, list)
}

/** What a message is to be made of. */
export interface ProtoOptions {
  /** Rows are read as TensorFlow Data Validation reads them: a delimited file by its bare texts. */
  strict?: boolean
  weight?: string
  slices?: string[]
  /** Beside all rows the rows of each split, as sets of statistics named train, eval and test. */
  splits?: boolean
  /** Says which numbers are categories. */
  schema?: Schema | null
  /** The column whose values the lift of the others is to explain, by the schema. */
  labelFeature?: string
  /** How numeric features go together, too. */
  correlations?: boolean
  /** Of the rows of this split alone. */
  split?: Split | undefined
  /** Another way to the counts of all rows. */
  counting?: Counting
  signal?: AbortSignal
  tell?(share: number | null, step: string): void
}

/**
 * Statistics of a table as a message of TensorFlow Metadata.
 * @throws Failure bad-input (unknown column), wrong-type (weights that are none), too-wide (too many slices), empty-data,
 *   and what the lift of a label throws
 */
export async function protoOfTable(
  whole: Table,
  options: ProtoOptions,
): Promise<DatasetFeatureStatisticsList> {
  const { tfdvStatistics } = await import('./tfdv/index.ts')
  const { strict = false, weight, slices, splits, schema, correlations, split: only, signal, tell } = options
  const table = only ? inSplit(whole, only) : whole
  const how = { strict, weight, slices, schema, cross: correlations, label: options.labelFeature, signal }
  const there = splits ? SPLITS.filter(split => (table.splits[split] ?? 0) > 0) : []
  const steps = there.length + 1
  const list = await tfdvStatistics(table, {
    ...how,
    ...options.counting,
    tell: (share, step) => tell?.(share === null ? null : share / steps, step),
  })
  if (!there.length) return list
  if (list.datasets[0]) list.datasets[0].name = 'All Examples'
  for (const [at, split] of there.entries()) {
    const one = await tfdvStatistics(inSplit(table, split), {
      ...how,
      slices: undefined,
      tell: (share, step) => tell?.(share === null ? null : (at + 1 + share) / steps, step),
    })
    for (const dataset of one.datasets) list.datasets.push(Object.assign(dataset, { name: split }))
  }
  return list
}

/** The same of a dataset, a file of rows, or a file of statistics, which is read as it is. */
export async function protoOf(
  dataset: DatasetRoom,
  data: string,
  options: ProtoOptions,
): Promise<DatasetFeatureStatisticsList> {
  const there = await statisticsIn(data)
  if (there) return there
  const { strict, signal, tell } = options
  const table = await dataset.open(data, { as: strict ? 'text' : undefined, signal, tell })
  try {
    return await protoOfTable(table, options)
  } finally {
    table.close()
  }
}

/** What a message says, as the window shows it. @throws Failure empty-data where it holds no statistics */
export async function viewOf(list: DatasetFeatureStatisticsList, what: string): Promise<Computed> {
  const [{ featuresOf }, { sketchOf }, { withWeights }] = await Promise.all([
    import('./tfdv/index.ts'),
    import('./messageSketch.ts'),
    import('./messageView.ts'),
  ])
  if (!list.datasets.length)
    throw fail('empty-data', `${what} holds no statistics.`, 'Choose a file that holds some.')
  const { rows, features: bare, slices } = featuresOf(list)
  const features = withWeights(bare, list)
  const sketches = sketchOf(list)
  const correlations = correlationsIn(list)
  return {
    rows,
    splits: {},
    ...(Object.keys(slices).length ? { slices } : {}),
    ...(correlations.length ? { correlations } : {}),
    features: features.map(feature => ({
      feature,
      sketch: sketches.get(feature.name) ?? { whole: true, xs: [], counts: [[]] },
    })),
  }
}

function correlationsIn({ datasets }: DatasetFeatureStatisticsList): NonNullable<Statistics['correlations']> {
  return (datasets[0]?.crossFeatures ?? []).flatMap(({ pathX, pathY, crossStats }) =>
    crossStats.case === 'numCrossStats' && Number.isFinite(crossStats.value.covariance)
      ? [
          {
            a: pathX?.step.join('.') ?? '',
            b: pathY?.step.join('.') ?? '',
            correlation: crossStats.value.correlation,
            covariance: crossStats.value.covariance,
          },
        ]
      : [],
  )
}
