import type { FileFormat } from '#contract'
import { nameOf } from './nameOf.ts'
import { withoutPassword } from './versionWords.ts'

/** What is about to be imported. */
export interface Source {
  /** Where the engine reads it: a file, a folder, a pattern or the address of a database. */
  file: string
  /** What a person knows it by. */
  title: string
  name: string
  /** What it is, where the person said so by the way they took. */
  format?: FileFormat
  /** Of a database: what to ask. */
  query?: string
  /** Further files, whose rows are appended one after the other. */
  rest?: { file: string; title: string }[]
}

/** Endings of files that are tables; the engine reads them by their content, whatever they end in. */
export const ENDINGS = [
  'csv',
  'tsv',
  'txt',
  'parquet',
  'jsonl',
  'ndjson',
  'arrow',
  'feather',
  'tfrecord',
  'tfrecords',
  'xlsx',
  'sqlite',
  'db',
  'gz',
  'zst',
]

/** The address of a database server, which is asked in SQL. */
export const isDatabase = (address: string): boolean => /^postgres(ql)?:\/\//i.test(address.trim())

/** A source by what a person typed or chose. */
export function sourceOf(address: string, more: Partial<Source> = {}): Source {
  const file = address.trim()
  return { file, title: withoutPassword(file), name: nameOf(file), ...more }
}

/**
 * The pattern of several files of one kind in one folder, null where they have none in common. It may fit further
 * files of that folder: the engine says how many it fits.
 */
export function patternOf(paths: readonly string[]): string | null {
  const parts = paths.map(path => /^(.*[\\/])[^\\/]*?((?:\.[A-Za-z0-9]+){1,2})$/.exec(path))
  const [first] = parts
  if (!first || paths.length < 2) return null
  const isAlike = parts.every(part => part?.[1] === first[1] && endingOf(part?.[2]) === endingOf(first[2]))
  return isAlike ? `${first[1]}*${endingOf(first[2])}` : null
}

/* `day.1.csv` and `day.2.csv` are of one kind: only a compression keeps the ending before it. */
const endingOf = (ending = ''): string => /(\.\w+\.(gz|zst)|\.\w+)$/i.exec(ending)?.[0] ?? ''
