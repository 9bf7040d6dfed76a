import { z } from 'zod'
import { call, work } from './call.ts'
import { DatasetDiff } from './dataset/diff.ts'
import { Cell, Filter, Rows, Slice } from './dataset/rows.ts'
import { DatasetRef, DatasetVersion, FileFormat, Split, SplitBy } from './dataset/version.ts'
import { Name } from './ids.ts'

export * from './dataset/diff.ts'
export * from './dataset/rows.ts'
export * from './dataset/version.ts'

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
