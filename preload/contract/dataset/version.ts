import { z } from 'zod'
import { At, Hash, JobId, Name } from '../ids.ts'

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

/** `images`: a folder of pictures, a table of paths and labels, or COCO or YOLO annotations. */
export const FileFormat = z.enum([
  'csv',
  'tsv',
  'parquet',
  'jsonl',
  'arrow',
  'tfrecord',
  'excel',
  'sqlite',
  'postgres',
  'images',
])
export type FileFormat = z.infer<typeof FileFormat>

/**
 * How rows come to their splits, so that a row stays where it is when rows are added. `hash`: by the hash of the key
 * columns, or of the whole row; `group`: all rows of one value of the column together; `time`: the oldest rows train,
 * the newest test, with bounds kept from the first version; `stratified`: by hash within each value of the column;
 * `column`: the column itself says train, eval or test.
 */
export const SplitBy = z.enum(['hash', 'group', 'time', 'stratified', 'column'])
export type SplitBy = z.infer<typeof SplitBy>

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
  /** How else than by the hash of the key a row came to its split. */
  splitBy: z.object({ how: SplitBy, column: z.string(), bounds: z.array(z.string()).optional() }).optional(),
  source: z.object({
    path: z.string(),
    format: FileFormat,
    bytes: z.int(),
    hash: Hash,
    /** Of a database: what was asked. */
    query: z.string().optional(),
    /** Of a folder or a pattern: how many files were read. */
    files: z.int().optional(),
  }),
  /** The version that this one was made from, and how: "120 rows removed", "day2.csv appended". */
  parent: z.object({ id: Hash, change: z.string() }).optional(),
  /** Its rows are pictures; the columns say what is known of each. */
  images: z.boolean().optional(),
  /** Bytes of the columnar copy in the workspace that were written for this version. */
  bytes: z.int(),
  /** Bytes of the rows that it shares with earlier versions, which keep them too. */
  shared: z.int().optional(),
  /** What was noticed while reading, in the user's words. */
  notes: z.array(z.string()),
  at: At,
  madeBy: JobId.nullable(),
})
export type DatasetVersion = z.infer<typeof DatasetVersion>

/** A dataset, or one version of it: `strikes`, `strikes@2`, or a version's hash. */
export const DatasetRef = z.string().min(1)
