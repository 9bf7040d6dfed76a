import { basename } from 'node:path'
import { fail } from '../../kit/index.ts'
import type { Session } from '../duck.ts'
import type { Found } from '../files/look.ts'
import { readings } from '../files/types.ts'
import { fileLiteral } from './fileLiteral.ts'
import type { Source } from './source.ts'

/** Rows whose keys are looked at where only the first rows are wanted. */
const HEAD_SAMPLE = 20_480

/** A quoted SQL identifier. */
const identifier = (name: string) => `"${name.replaceAll('"', '""')}"`

/**
 * JSON lines, or one array of objects. Every column is read as JSON text first; a nested value stays JSON text. All
 * rows are looked at for names, so a key that first comes late is a column too.
 */
export async function openJson(found: Found, session: Session, head: boolean): Promise<Source> {
  const compression = found.compression === 'none' ? 'uncompressed' : found.compression
  const from = `read_json(${fileLiteral(found.path)}, format = 'auto', maximum_depth = 1, sample_size = ${head ? HEAD_SAMPLE : -1}, compression = '${compression}')`
  const described = await session.rows<{ column_name: string }>(`DESCRIBE SELECT * FROM ${from}`)
  const given = described.map(({ column_name }) => column_name)
  // Lines that are no objects have no names, and come as one column of the reader's own.
  if (given.length === 1 && given[0] === 'json') {
    const objects = `read_json_objects(${fileLiteral(found.path)}, format = 'auto', compression = '${compression}')`
    const other = await session.rows(`SELECT 1 FROM ${objects} WHERE json_type(json) <> 'OBJECT' LIMIT 1`)
    if (other.length)
      throw fail(
        'unreadable-file',
        `"${basename(found.path)}" holds JSON values that are not objects, so its columns have no names; nothing was kept.`,
        'Write one JSON object a line, as {"column": value, …}, or one array of objects.',
      )
  }
  // DuckDB folds letter case and renames "B" beside "b" to "B_1"; the keys themselves say what they were.
  const folded = new Set(given.map(name => name.toLowerCase()))
  const mayBeRenamed = given.some(name => {
    const stem = /^(.*)_\d+$/s.exec(name)?.[1]
    return stem !== undefined && folded.has(stem.toLowerCase())
  })
  let names = given
  if (mayBeRenamed) {
    const objects = `read_json_objects(${fileLiteral(found.path)}, format = 'auto', compression = '${compression}')`
    const keys = await session.rows<{ key: string }>(
      `SELECT DISTINCT unnest(json_keys(json)) AS key FROM ${objects} WHERE json_type(json) = 'OBJECT'`,
    )
    const left = new Set(keys.map(({ key }) => key))
    for (const name of given) if (left.has(name)) left.delete(name)
    names = given.map(name => {
      if (keys.some(({ key }) => key === name)) return name
      const stem = name.replace(/_\d+$/, '').toLowerCase()
      const original = [...left].find(key => key.toLowerCase() === stem)
      if (original === undefined) return name
      left.delete(original)
      return original
    })
  }
  return {
    from,
    columns: names.map((name, at) => ({
      name,
      cell: `CAST(${identifier(given[at] as string)} AS VARCHAR)`,
      settled: null,
    })),
    readings,
    cells: 'json',
    notes: [],
  }
}
