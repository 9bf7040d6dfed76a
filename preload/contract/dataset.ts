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

/** A cell as it crosses the wall: dates as ISO text, integers beyond 2^53 as text, missing as null. */
export const Cell = z.union([z.string(), z.number(), z.boolean(), z.null()])
export type Cell = z.infer<typeof Cell>

/**
 * One condition on a cell. Text is compared by code points, dates and timestamps by their ISO text.
 * `range`: values[0] <= cell < values[1], null leaves an end open; with `closed` also cell = values[1].
 * `contains`: letter case does not count. A missing cell fits `missing` and `differs` and `none-of` only.
 */
export const Condition = z.object({
  column: z.string(),
  is: z.enum(['equals', 'differs', 'one-of', 'none-of', 'range', 'contains', 'missing', 'present']),
  values: z.array(Cell).max(10_000).default([]),
  closed: z.boolean().optional(),
})
export type Condition = z.infer<typeof Condition>

/** All conditions must hold; none: all rows. */
export const Filter = z.array(Condition).max(100)
export type Filter = z.infer<typeof Filter>

/** A filter that was given a name; statistics, training and evaluation can be asked for its rows alone. */
export const Slice = z.object({
  id: z.string(),
  dataset: Name,
  name: z.string().min(1).max(80),
  where: Filter,
  at: At,
})
export type Slice = z.infer<typeof Slice>

export const Rows = z.object({
  columns: z.array(Column),
  /** Row-major cells, in the order of `columns`. */
  rows: z.array(z.array(Cell)),
  offset: z.int(),
  /** The number of each row in the version, from 0; it names the row. */
  numbers: z.array(z.int()).optional(),
  /** Rows that match, not only those in this page. */
  total: z.int(),
})
export type Rows = z.infer<typeof Rows>

/** What differs between two versions of a dataset. */
export const DatasetDiff = z.object({
  from: DatasetVersion,
  to: DatasetVersion,
  /** With a key: rows of the same key whose other cells differ are changed. Without: each is one removed and one added. */
  key: z.array(z.string()),
  rows: z.object({ same: z.int(), added: z.int(), removed: z.int(), changed: z.int() }),
  columns: z.object({
    added: z.array(Column),
    removed: z.array(Column),
    retyped: z.array(z.object({ name: z.string(), from: ColumnType, to: ColumnType })),
    /** Columns whose cells changed, and in how many rows. */
    changed: z.array(z.object({ name: z.string(), rows: z.int() })),
  }),
  /** The first few of each kind. */
  examples: z.object({
    added: z.array(z.array(Cell)),
    removed: z.array(z.array(Cell)),
    changed: z.array(
      z.object({
        key: z.array(Cell),
        cells: z.array(z.object({ column: z.string(), from: Cell, to: Cell })),
      }),
    ),
  }),
})
export type DatasetDiff = z.infer<typeof DatasetDiff>

/** A picture, small enough for a grid. */
export const Thumbnail = z.object({
  /** The row's number in the version. */
  row: z.int(),
  path: z.string(),
  label: z.string().nullable(),
  width: z.int().nullable(),
  height: z.int().nullable(),
  /** WebP as base64; null where the file cannot be read, and why. */
  data: z.string().nullable(),
  problem: z.string().nullable(),
})
export type Thumbnail = z.infer<typeof Thumbnail>

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
      paths: { file: 'always', labels: 'always' },
      cancel: 'Nothing of the new version is kept; older versions stay.',
      undo: 'Remove the version',
    },
    z.object({
      /**
       * A file, a folder, a pattern such as `days/*.csv`, an address (`https://…`, `s3://…`), or that of a database
       * (`postgres://…`).
       */
      file: z.string().min(1),
      /** Of an object store: DuckDB's extension for it may be fetched where it is missing. */
      installExtension: z.boolean().optional(),
      /** Of a database: what to ask, in its SQL. */
      query: z.string().optional(),
      /** Of a workbook the sheet, of a database the table. */
      table: z.string().optional(),
      /** Of pictures: the table or annotations that say their labels, where it is not beside them. */
      labels: z.string().optional(),
      /** Put the rows behind those of the newest version, as a new version. */
      append: z.boolean().optional(),
      splitBy: SplitBy.default('hash'),
      /** The column that `splitBy` means. */
      splitColumn: z.string().optional(),
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
    z.object({
      file: z.string().min(1),
      format: FileFormat.optional(),
      query: z.string().optional(),
      table: z.string().optional(),
    }),
    z.object({
      format: FileFormat,
      /** Sheets of a workbook or tables of a database, of which one is read. */
      tables: z.array(z.string()).optional(),
      /** Files of a folder or a pattern. */
      files: z.int().optional(),
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
      where: Filter.optional(),
      /** The name of a saved slice. */
      slice: z.string().optional(),
      /** Only these rows, by their numbers in the version. */
      only: z.array(z.int().min(0)).max(10_000).optional(),
      /** Rows that have this text in any cell, letter case apart. */
      search: z.string().optional(),
      sort: z.string().optional(),
      descending: z.boolean().optional(),
    }),
    Rows,
  ),
  /** Pictures of a dataset of images, in the order of its rows. */
  thumbnails: call(
    { title: 'Show pictures', icon: 'images', positional: ['name'], reads: true },
    z.object({
      name: DatasetRef,
      offset: z.int().min(0).default(0),
      limit: z.int().min(1).max(500).default(100),
      split: Split.optional(),
      where: Filter.optional(),
      /** Pixels of the longer side. */
      size: z.int().min(16).max(1024).default(128),
    }),
    z.object({ images: z.array(Thumbnail), total: z.int() }),
  ),
  slices: call(
    { title: 'Show slices', icon: 'filter', positional: ['name'], reads: true },
    z.object({ name: DatasetRef }),
    z.object({ slices: z.array(Slice.extend({ rows: z.int() })) }),
  ),
  saveSlice: call(
    { title: 'Save a slice', icon: 'filter', undo: 'Remove the slice' },
    z.object({ dataset: DatasetRef, name: z.string().min(1).max(80), where: Filter.min(1) }),
    Slice,
  ),
  removeSlice: call(
    { title: 'Remove a slice', icon: 'trash-2', undo: 'Save it again' },
    z.object({ dataset: DatasetRef, name: z.string() }),
    Slice,
  ),
  diff: work(
    {
      title: 'Compare two versions',
      icon: 'git-compare',
      positional: ['from', 'to'],
      cancel: 'Nothing is kept; the versions are not touched.',
    },
    z.object({
      from: DatasetRef,
      to: DatasetRef,
      /** Columns that say which row is which; default: the key of the versions. */
      key: z.array(z.string()).optional(),
    }),
    DatasetDiff,
  ),
  /** Mends rows: what fits the filter is removed, or one of its cells is set. The result is the next version. */
  fix: work(
    {
      title: 'Fix rows',
      icon: 'wrench',
      positional: ['name'],
      cancel: 'Nothing of the new version is kept.',
      undo: 'The version before it is kept',
    },
    z.object({
      name: DatasetRef,
      where: Filter.default([]),
      /** These rows, by their numbers in the version; with a filter both must hold. */
      only: z.array(z.int().min(0)).max(10_000).optional(),
      /** `set` writes `value` into `column`, `clear` makes its cell missing. */
      action: z.enum(['remove', 'set', 'clear']),
      column: z.string().optional(),
      value: Cell.optional(),
    }),
    DatasetVersion,
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
