import { basename } from 'node:path'
import Database from 'better-sqlite3'
import { FailureError, fail } from '../../kit/index.ts'
import type { Session } from '../duck.ts'
import type { Found } from '../files/look.ts'
import { bytesCell } from './bytes.ts'
import { momentCell } from './moments.ts'
import type { OpenOptions, Source } from './source.ts'
import { Staging } from './staging.ts'

const identifier = (name: string) => `"${name.replaceAll('"', '""')}"`

/** Tables and views, without SQLite's own. */
const TABLES = `SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name`

/** What to tell of an error that SQLite threw. */
function troubleOf(cause: unknown, name: string, asked: boolean): unknown {
  if (cause instanceof FailureError || !(cause instanceof Error)) return cause
  const code = (cause as { code?: unknown }).code
  if (typeof code !== 'string' || !code.startsWith('SQLITE_')) {
    if (asked && /more than one statement|no SQL|does not return data/i.test(cause.message))
      return fail('bad-input', 'The query is not one SELECT.', 'Write a single SELECT.', { cause })
    return cause
  }
  if (/^SQLITE_(BUSY|LOCKED)/.test(code))
    return fail('in-use', `Another program is writing to ${name}.`, 'Close it there and import again.', {
      cause,
    })
  if (asked && /^SQLITE_(ERROR|READONLY|AUTH|MISMATCH|RANGE|TOOBIG)/.test(code))
    return fail(
      'bad-input',
      `The database refuses the query: ${cause.message}.`,
      'Mend the query and import again.',
      {
        cause,
      },
    )
  return fail(
    'unreadable-file',
    `The SQLite database ${name} is damaged; nothing was kept.`,
    'Copy it again, or mend it with: sqlite3 file ".recover".',
    { cause },
  )
}

/** A boolean, date or time as a column says that it is; SQLite itself stores numbers and texts only. */
function setCell(staging: Staging, at: number, value: unknown, declared: string): void {
  if (value === null) return
  if (typeof value === 'bigint') {
    const isTruth = /^BOOL/i.test(declared) && (value === 0n || value === 1n)
    if (isTruth) staging.set(at, 'boolean', value === 1n)
    else staging.set(at, 'integer', value)
  } else if (typeof value === 'number') staging.set(at, 'float', value)
  else if (value instanceof Uint8Array) {
    const cell = bytesCell(value)
    staging.set(at, cell.kind, cell.value)
  } else {
    const moment = /DATE|TIME/i.test(declared) ? momentCell(String(value)) : null
    if (moment) staging.set(at, moment.kind, moment.value)
    else staging.set(at, 'text', String(value))
  }
}

/**
 * A table or the answer to a query of an SQLite file, which is opened for reading only. A column that holds values of
 * several types becomes text.
 */
export async function openSqlite(
  found: Found,
  session: Session,
  { folder, head, signal, tell }: OpenOptions,
): Promise<Source> {
  const name = `"${basename(found.path)}"`
  const { query } = found.ask
  let db: Database.Database | null = null
  try {
    db = new Database(found.path, { readonly: true, fileMustExist: true })
    db.pragma('trusted_schema = OFF')
    db.pragma('cell_size_check = ON')
    const tables = db.prepare<[], string>(TABLES).pluck().all()
    const sql = query ?? `SELECT * FROM ${identifier(tableOf(tables, found, head !== undefined))}`
    const statement = db.prepare(sql)
    if (!statement.reader || !statement.readonly)
      throw fail('bad-input', 'The query would change the database.', 'Write a single SELECT.')
    const staging = new Staging(session, folder)
    const columns = statement
      .columns()
      .map(({ name, type }) => ({ at: staging.column(name), declared: type ?? '' }))
    const rows = statement.raw(true).safeIntegers(true).iterate() as Iterable<unknown[]>
    for (const row of rows) {
      for (let nth = 0; nth < columns.length; nth++) {
        const { at, declared } = columns[nth] as (typeof columns)[number]
        setCell(staging, at, row[nth], declared)
      }
      await staging.end()
      signal?.throwIfAborted()
      if (staging.rows === head) break
      if (staging.rows % 65_536 === 0) tell?.(null, `reading row ${staging.rows.toLocaleString('en')}`)
    }
    const source = await staging.finish()
    if (!source)
      throw fail('empty-data', `${query ? 'The query' : 'The table'} gives no rows.`, 'Choose another.')
    return { ...source, tables }
  } catch (cause) {
    signal?.throwIfAborted()
    throw troubleOf(cause, name, query !== undefined)
  } finally {
    db?.close()
  }
}

/** The table that is meant: the one that was named, else the only one, else, where it is only looked at, the first. */
function tableOf(tables: string[], { path, ask }: Found, isLook: boolean): string {
  const name = `"${basename(path)}"`
  const list = `${tables.slice(0, 20).join(', ')}${tables.length > 20 ? ', …' : ''}`
  const [only] = tables
  if (only === undefined)
    throw fail('empty-data', `${name} has no tables.`, 'Choose a database that holds tables.')
  if (ask.table !== undefined) {
    const wish = ask.table.toLowerCase()
    const same =
      tables.find(table => table === ask.table) ?? tables.find(table => table.toLowerCase() === wish)
    if (same === undefined)
      throw fail('not-found', `${name} has no table "${ask.table}".`, `Choose one of its tables: ${list}.`)
    return same
  }
  if (tables.length > 1 && !isLook)
    throw fail(
      'bad-input',
      `${name} holds ${tables.length} tables.`,
      `Say which one is meant, or a query: ${list}.`,
    )
  return only
}
