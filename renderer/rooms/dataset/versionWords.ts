import type { DatasetVersion, FileFormat } from '#contract'
import { bytes, plural } from '../../ui/index.ts'

/** What a kind of source is called. */
export const FORMAT: Record<FileFormat, string> = {
  csv: 'CSV',
  tsv: 'TSV',
  parquet: 'Parquet',
  jsonl: 'JSON lines',
  arrow: 'Arrow or Feather',
  tfrecord: 'TFRecord',
  excel: 'Excel',
  sqlite: 'SQLite',
  postgres: 'PostgreSQL',
  images: 'Pictures',
}

/** Where it lay is of use when asked for; the name is what one knows it by, of a pattern with its folder. */
export function fileOf(path: string): string {
  const parts = path.replace(/[\\/]+$/, '').split(/[\\/]/)
  const isPattern = /[*?]/.test(parts.at(-1) ?? '')
  return parts.slice(isPattern ? -2 : -1).join('/') || path
}

/** An address without its password, for the screen. */
export const withoutPassword = (address: string): string =>
  address.replace(/^(\w+:\/\/[^:/@]*):[^@]*@/, '$1:…@')

/** What made a version: "120 rows removed", "imported from day1.csv". */
export function changeWords(version: DatasetVersion): string {
  if (version.parent) return version.parent.change
  const { path, files } = version.source
  return `imported from ${files && files > 1 ? plural(files, 'file') : fileOf(withoutPassword(path))}`
}

/** How rows came to their splits, in words. */
export function splitWords({ key, splitBy }: Pick<DatasetVersion, 'key' | 'splitBy'>): string {
  if (splitBy?.how === 'group') return `all rows of one ${splitBy.column} together`
  if (splitBy?.how === 'time') return `${splitBy.column}, oldest to newest`
  if (splitBy?.how === 'stratified') return `hash within each ${splitBy.column}`
  if (splitBy?.how === 'column') return `as ${splitBy.column} says`
  return key.length ? `hash of ${key.join(', ')}` : 'hash of the whole row'
}

/** What a version took of the disk beyond those before it. */
export const addedWords = (version: DatasetVersion): string => `+${bytes(version.bytes)}`
