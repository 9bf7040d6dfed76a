import type { Reading } from '../files/types.ts'
import type { Settled } from './kind.ts'

/** A column as its file has it. */
export interface SourceColumn {
  /** As it stands in the file, letter case kept. */
  name: string
  /** SQL of the cell, to be read from the source's relation. */
  cell: string
  /** Where the file itself says the type: how it is kept. Else the values decide. */
  settled: Settled | null
}

/** An opened file: a relation in the source's order, and what its columns are. */
export interface Source {
  /** SQL for FROM. */
  from: string
  columns: SourceColumn[]
  /** Where values decide the type: plain text, or JSON text whose quoted values are the text between the quotes. */
  cells: 'text' | 'json'
  readings: readonly Reading[]
  notes: string[]
  /** Of a file that holds several tables: their names. */
  tables?: string[]
}

export interface OpenOptions {
  /** For what is written on the way. */
  folder: string
  /** Only so many of the first rows are wanted, so no more need to be looked at for names. */
  head?: number
  signal?: AbortSignal
  tell?(share: number | null, step: string): void
}
