import { existsSync } from 'node:fs'
import { basename, isAbsolute } from 'node:path'
import type { Split } from '#contract'
import type { Dialect } from '../files/dialect.ts'
import { RecordCutter } from '../files/records.ts'
import { type Compression, type Encoding, textOf } from '../files/text.ts'
import { type Labeled, type Labels, pictures } from './picture.ts'
import { splitOfName } from './place.ts'

/** A text of which it is known how it is written. */
export interface TextFile {
  path: string
  format: string
  compression: Compression
  encoding: Encoding
  dialect: Dialect | null
}

/** The cells of a small table, all of them text. */
export interface TextRows {
  names: string[]
  rows: (string | null)[][]
}

/** Rows that are tried to find out which column names pictures. */
const TRIED = 200
const PATHS = /^(file_?name|file_?path|path|file|image_?(path|name|file|id)?|img|filename|id)$/i
const LABELS = /^(label|labels|class|class_?name|category|target|tag|species|breed|diagnosis|y)$/i
const SPLIT = /^(split|set|subset|partition|fold)$/i

async function wholeText({ path, compression, encoding }: TextFile): Promise<string> {
  const parts: string[] = []
  for await (const part of textOf(path, compression, encoding)) parts.push(part)
  return parts.join('')
}

const cellOf = (value: unknown) =>
  value === null || value === undefined || value === '' ? null : String(value)

/** Reads a CSV, TSV or JSON lines file of at most a few million rows. */
export async function readTextRows(file: TextFile): Promise<TextRows> {
  const text = await wholeText(file)
  const { dialect } = file
  if (dialect) {
    const rows: (string | null)[][] = []
    const cutter = new RecordCutter(dialect.delimiter, ({ fields }) => rows.push(fields.map(cellOf)))
    cutter.push(text)
    cutter.end()
    return { names: dialect.names, rows: dialect.header ? rows.slice(1) : rows }
  }
  const begin = text.trimStart()
  const items = (
    begin.startsWith('[')
      ? (JSON.parse(begin) as unknown[])
      : begin.split(/\r?\n/).flatMap(line => (line.trim() ? [JSON.parse(line) as unknown] : []))
  ).filter((item): item is Record<string, unknown> => typeof item === 'object' && item !== null)
  const names = [...new Set(items.slice(0, TRIED).flatMap(item => Object.keys(item)))]
  return { names, rows: items.map(item => names.map(name => cellOf(item[name]))) }
}

/** A table whose first row names a picture already has no header. */
export function withoutHeader(table: TextRows, find: (name: string) => boolean): TextRows {
  if (!table.names.some(find)) return table
  return { names: table.names.map((_, at) => `column ${at + 1}`), rows: [table.names, ...table.rows] }
}

/** Which column says what. */
export interface LabelColumns {
  path: number
  label: number | null
  split: number | null
}

/**
 * The columns of a table of labels: the one whose values are pictures that are there, then by their names. Null: no
 * column names pictures.
 * @param find the picture that a value means
 */
export function labelColumns(
  { names, rows }: TextRows,
  find: (name: string) => boolean,
): LabelColumns | null {
  const some = rows.slice(0, TRIED)
  const found = names.map((_, at) => {
    const values = some.flatMap(row => row[at] ?? [])
    return values.filter(find).length / Math.max(1, values.length)
  })
  const share = (at: number) => (found[at] ?? 0) + (PATHS.test(names[at] ?? '') ? 0.01 : 0)
  const order = names.map((_, at) => at).sort((a, b) => share(b) - share(a) || a - b)
  const [path] = order
  if (path === undefined || (found[path] ?? 0) < 0.5) return null
  const named = (name: RegExp) => {
    const at = names.findIndex((each, nth) => nth !== path && name.test(each))
    return at < 0 ? null : at
  }
  let split = named(SPLIT)
  if (split !== null && !some.every(row => splitOfName(row[split as number] ?? '') !== null)) split = null
  const rest = names.map((_, at) => at).filter(at => at !== path && at !== split)
  return { path, label: named(LABELS) ?? rest[0] ?? null, split }
}

/**
 * The labels of a table of paths and labels.
 * @param find the picture that a value means
 * @param split that the file's name says
 */
export function readLabelTable(
  file: string,
  { names, rows }: TextRows,
  columns: LabelColumns,
  find: (name: string) => string | null,
  split: Split | null,
): Labels {
  const list: Labeled[] = []
  const seen = new Map<string, Set<string | null>>()
  const counts = { without: 0, missing: 0, twice: 0, differing: 0 }
  for (const row of rows) {
    const name = row[columns.path]
    if (!name) {
      counts.without++
      continue
    }
    const label = (columns.label === null ? null : row[columns.label]?.trim()) || null
    const found = find(name)
    const outside = !found && isAbsolute(name) && existsSync(name) ? name : undefined
    const path = found ?? name.trim().replaceAll('\\', '/')
    const labels = seen.get(path)
    if (labels?.has(label)) {
      counts.twice++
      continue
    }
    if (labels) {
      counts.differing++
      labels.add(label)
    } else seen.set(path, new Set([label]))
    if (!found && !outside) counts.missing++
    const own = columns.split === null ? split : splitOfName(row[columns.split] ?? '')
    const problem = found || outside ? undefined : `"${basename(file)}" names it, but there is no such file.`
    list.push({ path, label, split: own, boxes: null, file: outside, problem })
  }
  const kept = new Set([columns.path, columns.label, columns.split])
  const other = names.filter((_, at) => !kept.has(at))
  const title = basename(file)
  const notes = [
    counts.without && `${title}: ${rowsOf(counts.without)} without a path left out.`,
    counts.missing &&
      `${title}: ${pictures(counts.missing)} that it names ${counts.missing === 1 ? 'is' : 'are'} not there.`,
    counts.twice && `${title}: ${rowsOf(counts.twice)} that repeat an earlier one left out.`,
    counts.differing &&
      `${title}: ${pictures(counts.differing)} named again with another label; each label has a row.`,
    other.length > 0 &&
      `${title}: ${other.length === 1 ? 'the column' : 'the columns'} ${listed(other)} not kept.`,
  ].filter(note => typeof note === 'string')
  return { list, notes }
}

const rowsOf = (count: number) => `${count.toLocaleString('en')} ${count === 1 ? 'row' : 'rows'}`
const listed = (names: string[]) => {
  const some = names.slice(0, 3).map(name => `"${name}"`)
  const all = names.length > 3 ? `${some.join(', ')} and ${names.length - 3} more` : some.join(', ')
  return `${all} ${names.length === 1 ? 'is' : 'are'}`
}
