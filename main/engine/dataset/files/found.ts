import type { FileFormat } from '#contract'
import type { Pictures } from '../images/picture.ts'
import type { Dialect } from './dialect.ts'
import type { Compression, Encoding } from './text.ts'

/** Which of its tables is read of a file that holds several. */
export interface Ask {
  /** A sheet of a workbook, or a table of a database. */
  table?: string
  /** What to ask a database. */
  query?: string
  /** Of pictures: the table or annotations that say their labels. */
  labels?: string
}

/** What a file is, by its first bytes and then by its name. */
export interface Found {
  path: string
  bytes: number
  format: FileFormat
  compression: Compression
  encoding: Encoding
  /** Delimited text only. */
  dialect: Dialect | null
  /** What was noticed, in the user's words. */
  notes: string[]
  ask: Ask
  /** Of a database: where it is, with the password; never to be shown, logged or kept. */
  address?: string
  /** Of what was fetched from the network: its address without secrets, which is told and kept in place of the path. */
  from?: string
  /** Of a folder or a pattern: its files in their order, all of one format. */
  files?: Found[]
  /** Of pictures: all of them, and what is said of each. */
  images?: Pictures
}
