import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import type { Hash, Name } from '#contract'
import type { DatasetRoom, Table } from '../dataset/index.ts'
import type { JobContext } from '../jobs/index.ts'
import { asName, fail, hashFile } from '../kit/index.ts'
import {
  type DatasetFeatureStatisticsList,
  DatasetFeatureStatisticsListSchema,
  readMessage,
  type Schema,
  SchemaSchema,
  toText,
} from '../metadata/index.ts'
import { type StatisticsRoom, statisticsIn } from '../statistics/index.ts'

/** What is looked at: rows, or the statistics that someone wrote of them. */
export interface Subject {
  name: Name
  title: string
  /** The version's id, or a hash of the file. */
  hash: Hash
  /** As it was named. */
  source: string
  /** Null: there are only statistics. */
  table: Table | null
}

const isFile = (path: string) => existsSync(path) && statSync(path).isFile()

/** A name from a file of statistics or of a schema. */
export const nameOf = (path: string): Name =>
  asName(
    basename(path)
      .replace(/\.[a-z0-9]+(\.gz)?$/i, '')
      .replaceAll(/[^\p{L}\p{N} ._-]+/gu, ' ')
      .replace(/^[^\p{L}\p{N}]+/u, '')
      .trim()
      .slice(0, 80) || 'data',
  )

/** Opens what a command or the window names, for as long as the work takes. */
export async function onSubject<T>(
  given: { data?: string | undefined; statistics?: string | undefined },
  { dataset, job, rows }: { dataset: DatasetRoom; job: JobContext; rows: boolean },
  work: (subject: Subject, list: DatasetFeatureStatisticsList | null) => Promise<T>,
): Promise<T> {
  const named = given.statistics ?? given.data
  if (named === undefined)
    throw fail(
      'bad-input',
      'There is nothing to look at.',
      'Name a dataset, a file of data, or --statistics.',
    )
  const list =
    (await statisticsIn(named)) ??
    (given.statistics === undefined
      ? null
      : await readMessage(resolve(named), DatasetFeatureStatisticsListSchema))
  if (list) {
    const path = resolve(named)
    const hash = await hashFile(path, job.signal)
    return await work({ name: nameOf(path), title: basename(path), hash, source: named, table: null }, list)
  }
  if (!rows) {
    const { subject, name } = await dataset.subjectOf(named, job.signal)
    return await work(
      { name, title: isFile(named) ? basename(named) : named, hash: subject, source: named, table: null },
      null,
    )
  }
  const table = await dataset.open(named, {
    signal: job.signal,
    tell: (share, step) => job.progress(share === null ? null : share * 0.3, step),
  })
  try {
    if (table.version) job.uses(table.version.id)
    return await work(
      { name: table.name, title: table.title, hash: table.subject, source: named, table },
      null,
    )
  } finally {
    table.close()
  }
}

/** The schema that a file holds, or null where there is no such file. @throws Failure where it holds none */
export async function schemaIn(named: string): Promise<Schema | null> {
  const path = resolve(named)
  if (!isFile(path)) {
    if (!/[\\/]|\.(pbtxt|textproto|txt|pb|json)$/i.test(named)) return null
    throw fail('not-found', `There is no schema file "${named}".`, 'Check the path.')
  }
  return await schemaOfFile(path)
}

/** The schema in a file. @throws Failure where it holds none, or one that says nothing */
export async function schemaOfFile(path: string): Promise<Schema> {
  const schema = await readMessage(path, SchemaSchema)
  if (toText(SchemaSchema, schema) === '')
    throw fail(
      'bad-input',
      `${basename(path)} holds a schema that says nothing.`,
      'Choose a file with a schema, or infer one.',
    )
  return schema
}

/** A message in JSON that says nothing; as a row it would have no column. */
const isEmptyMessage = (path: string): boolean =>
  isFile(path) && statSync(path).size < 100 && /^\s*\{\s*\}\s*$/.test(readFileSync(path, 'utf8'))

/** Statistics of data, or those in a file, to compare with. @throws Failure where they are of nothing */
export async function statisticsFor(
  named: string,
  statistics: StatisticsRoom,
  options: Parameters<StatisticsRoom['protoOf']>[1],
): Promise<DatasetFeatureStatisticsList> {
  if (!isEmptyMessage(resolve(named))) {
    const list = await statistics.protoOf(named, options)
    if (list.datasets.some(({ features }) => features.length > 0)) return list
  }
  throw fail(
    'bad-input',
    `${basename(named)} holds statistics of no feature.`,
    'Name a dataset, a file of data, or a file with statistics.',
  )
}
