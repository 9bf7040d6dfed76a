import { z } from 'zod'
import { call, work } from './call.ts'
import { At, Hash, JobId, Name } from './ids.ts'

/** What a column holds. `date` has no time of day; `timestamp` has one. */
export const ColumnType = z.enum(['integer', 'float', 'boolean', 'text', 'date', 'timestamp'])
export type ColumnType = z.infer<typeof ColumnType>

export const Column = z.object({
  /** The name as it stands in the source, letter case kept. */
  name: z.string(),
  type: ColumnType,
})
export type Column = z.infer<typeof Column>

/** A row belongs to one split by the hash of its key, so it stays there when rows are added. */
export const Split = z.enum(['train', 'eval', 'test'])
export type Split = z.infer<typeof Split>

export const FileFormat = z.enum(['csv', 'tsv', 'parquet', 'jsonl'])
export type FileFormat = z.infer<typeof FileFormat>

/** One immutable state of a dataset. Its id is the hash of the source's content and the import's options. */
export const DatasetVersion = z.object({
  id: Hash,
  dataset: Name,
  number: z.int().min(1),
  rows: z.int(),
  columns: z.array(Column),
  /** Rows of each split. */
  splits: z.record(Split, z.int()),
  /** The columns whose values decide a row's split; empty: the whole row. */
  key: z.array(z.string()),
  source: z.object({ path: z.string(), format: FileFormat, bytes: z.int(), hash: Hash }),
  /** Bytes of the columnar copy in the workspace. */
  bytes: z.int(),
  /** What was noticed while reading, in the user's words. */
  notes: z.array(z.string()),
  at: At,
  madeBy: JobId.nullable(),
})
export type DatasetVersion = z.infer<typeof DatasetVersion>

/** A dataset, or one version of it: `strikes`, `strikes@2`, or a version's hash. */
export const DatasetRef = z.string().min(1)

/** A cell as it crosses the wall: dates as ISO text, integers beyond 2^53 as text, missing as null. */
export const Cell = z.union([z.string(), z.number(), z.boolean(), z.null()])
export type Cell = z.infer<typeof Cell>

export const Rows = z.object({
  columns: z.array(Column),
  /** Row-major cells, in the order of `columns`. */
  rows: z.array(z.array(Cell)),
  offset: z.int(),
  /** Rows that match, not only those in this page. */
  total: z.int(),
})
export type Rows = z.infer<typeof Rows>

/** A ready sample that ships with the product. */
export const Sample = z.object({
  name: Name,
  title: z.string(),
  about: z.string(),
  license: z.string(),
  file: z.string(),
  label: z.string(),
  /** Columns that would give the label away or say nothing. */
  leaveOut: z.array(z.string()),
})
export type Sample = z.infer<typeof Sample>

const shares = {
  train: z.number().min(0.01).max(1).default(0.8),
  eval: z.number().min(0).max(0.9).default(0.1),
  test: z.number().min(0).max(0.9).default(0.1),
}

export const dataset = {
  import: work(
    {
      title: 'Import data',
      icon: 'database',
      positional: ['file'],
      paths: { file: 'always' },
      cancel: 'Nothing of the new version is kept; older versions stay.',
      undo: 'Remove the version',
    },
    z.object({
      file: z.string().min(1),
      /** Default: the file's name without its ending. */
      name: Name.optional(),
      /** Default: by the content, then by the ending. */
      format: FileFormat.optional(),
      key: z.array(z.string()).default([]),
      ...shares,
    }),
    DatasetVersion,
  ),
  /** What a file is and its first rows, before anything is imported. */
  inspect: call(
    {
      title: 'Look into a file',
      icon: 'file-search',
      positional: ['file'],
      paths: { file: 'always' },
      reads: true,
    },
    z.object({ file: z.string().min(1) }),
    z.object({
      format: FileFormat,
      bytes: z.int(),
      head: Rows,
      /** Columns of the file, of which the head of a very wide one shows only the first. */
      width: z.int().optional(),
    }),
  ),
  list: call(
    { title: 'Show datasets', icon: 'database', reads: true },
    z.object({}),
    z.object({ datasets: z.array(z.object({ name: Name, versions: z.int(), latest: DatasetVersion })) }),
  ),
  show: call(
    { title: 'Show a dataset', icon: 'database', positional: ['name'], reads: true },
    z.object({ name: DatasetRef }),
    z.object({ version: DatasetVersion, versions: z.array(DatasetVersion) }),
  ),
  /** One page of rows, in the source's order. */
  rows: call(
    { title: 'Show rows', icon: 'table', positional: ['name'], reads: true },
    z.object({
      name: DatasetRef,
      offset: z.int().min(0).default(0),
      limit: z.int().min(1).max(1000).default(100),
      /** Default: all columns. */
      columns: z.array(z.string()).optional(),
      split: Split.optional(),
    }),
    Rows,
  ),
  samples: call(
    { title: 'Show samples', icon: 'gift', reads: true },
    z.object({}),
    z.object({ samples: z.array(Sample) }),
  ),
  remove: call(
    { title: 'Remove a dataset', icon: 'trash-2', positional: ['name'], final: true },
    z.object({
      name: DatasetRef,
      /** Also where models were trained on it: they stay, but cannot be measured or shrunk any more. */
      anyway: z.boolean().optional(),
    }),
    z.object({ removed: z.array(DatasetVersion), freedBytes: z.int() }),
  ),
}
