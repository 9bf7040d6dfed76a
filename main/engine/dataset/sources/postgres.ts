import { createHash } from 'node:crypto'
import pg, { type FieldDef } from 'pg'
import Cursor from 'pg-cursor'
import type { Hash } from '#contract'
import { FailureError, fail } from '../../kit/index.ts'
import type { Session } from '../duck.ts'
import type { Found } from '../files/look.ts'
import { type CellOf, readingOf } from './postgresCells.ts'
import type { OpenOptions, Source } from './source.ts'
import { listed, Staging } from './staging.ts'

/** Rows that the server hands over at once. */
const AT_ONCE = 2000
const CONNECT_MS = 15_000
const GOODBYE_MS = 2_000

/** Values come as the server writes them; what they mean is read here. */
const SETTINGS = [
  'BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY',
  `SET LOCAL datestyle = 'ISO, YMD'`,
  `SET LOCAL timezone = 'UTC'`,
  `SET LOCAL intervalstyle = 'iso_8601'`,
  `SET LOCAL bytea_output = 'hex'`,
  'SET LOCAL extra_float_digits = 3',
  // A table is read from its beginning, whoever else reads it.
  'SET LOCAL synchronize_seqscans = off',
]

const TABLES = `
  SELECT CASE WHEN n.nspname = 'public' THEN c.relname ELSE n.nspname || '.' || c.relname END AS name,
    quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS sql
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND NOT c.relispartition
    AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'
    AND has_schema_privilege(n.oid, 'USAGE')
  ORDER BY n.nspname <> 'public', 1`

interface Place {
  host: string
  user: string
  database: string
}

/** What to tell of an error that the server or the connection to it gave; never the address, it has the password. */
function troubleOf(cause: unknown, { host, user, database }: Place, asked: boolean): unknown {
  if (cause instanceof FailureError || !(cause instanceof Error)) return cause
  const code = String((cause as { code?: unknown }).code ?? '')
  const no = (kind: Parameters<typeof fail>[0], message: string, remedy: string) =>
    fail(kind, message, remedy)
  if (/^E[A-Z_]+$/.test(code) || /timeout expired|Connection terminated/i.test(cause.message))
    return no(
      'unreachable',
      /ECONNRESET|EPIPE|terminated/i.test(`${code} ${cause.message}`)
        ? `The database at ${host} ended the connection.`
        : `No database answers at ${host}.`,
      'Check the address and the network, and that the database runs.',
    )
  if (code === '28P01' || code === '28000' || /password/i.test(cause.message))
    return no(
      'no-permission',
      `The database at ${host} refuses the user "${user}" with this password.`,
      'Check both; write them as postgres://user:password@host/database.',
    )
  if (code === '3D000')
    return no('not-found', `There is no database "${database}" at ${host}.`, 'Check its name.')
  if (code === '42501')
    return no(
      'no-permission',
      `The user "${user}" may not read this: ${cause.message}.`,
      'Ask for the right to.',
    )
  if (code === '25006')
    return no('bad-input', 'The query would change the database.', 'Write a single SELECT.')
  if (asked && /^(42|22|21|0A|26)/.test(code))
    return no('bad-input', `The database refuses the query: ${cause.message}.`, 'Mend the query.')
  if (/^[0-9A-Z]{5}$/.test(code))
    return no('unreachable', `The database at ${host} failed: ${cause.message}.`, 'Try again later.')
  if (/SSL|certificate|self.signed/i.test(cause.message))
    return no(
      'unreachable',
      `The connection to ${host} could not be made safe: ${cause.message}.`,
      'Check sslmode in the address.',
    )
  return cause
}

/** What is asked: the query, or all of a table. */
async function asked(
  client: pg.Client,
  found: Found,
  isLook: boolean,
): Promise<{ sql: string; tables: string[] }> {
  const { table, query } = found.ask
  const { rows } = await client.query<[string, string]>({ text: TABLES, rowMode: 'array' })
  const tables = rows.map(([name]) => name)
  const list = tables.length
    ? `${tables.slice(0, 20).join(', ')}${tables.length > 20 ? ', …' : ''}`
    : 'it has none yet'
  if (query !== undefined) return { sql: query, tables }
  const wish = table?.replace(/^public\./, '') ?? (isLook ? tables[0] : undefined)
  if (wish === undefined)
    throw fail(
      'bad-input',
      `The database ${found.path} holds ${tables.length} ${tables.length === 1 ? 'table' : 'tables'}; nothing says which one to read.`,
      `Name a table or write a query; its tables: ${list}.`,
    )
  const sql = rows.find(([name]) => name === wish)?.[1]
  if (!sql)
    throw fail('not-found', `The database has no table "${table}".`, `Choose one of its tables: ${list}.`)
  return { sql: `SELECT * FROM ${sql}`, tables }
}

/** Reads some rows of a cursor, as texts, and what its columns are; a cursor at its end says no more. */
const readSome = (cursor: Cursor): Promise<{ rows: (string | null)[][]; fields: FieldDef[] }> =>
  new Promise((resolve, reject) =>
    cursor.read(AT_ONCE, (error, rows, result) =>
      error ? reject(error) : resolve({ rows, fields: result?.fields ?? [] }),
    ),
  )

/**
 * A table or the answer to a query of PostgreSQL, by a cursor in a transaction that may only read.
 * @returns the rows, their hash (of names, types and values in their order), and how many bytes the values have
 */
export async function openPostgres(
  found: Found,
  session: Session,
  { folder, head, signal, tell }: OpenOptions,
): Promise<{ hash: Hash; bytes: number; opened: Source }> {
  const client = new pg.Client({
    connectionString: found.address,
    connectionTimeoutMillis: CONNECT_MS,
    application_name: 'edgewright',
    types: { getTypeParser: () => (value: unknown) => value } as never,
  })
  const place = {
    host: `${client.host}:${client.port}`,
    user: client.user ?? '',
    database: client.database ?? '',
  }
  // A connection that breaks says so to the query that waits, too.
  client.on('error', () => {})
  const stop = () =>
    (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy()
  signal?.addEventListener('abort', stop)
  let isOurs = false
  try {
    tell?.(null, 'asking the database')
    await client.connect()
    for (const setting of SETTINGS) await client.query(setting)
    const { sql, tables } = await asked(client, found, head !== undefined)
    isOurs = found.ask.query !== undefined
    const staging = new Staging(session, folder)
    const hash = createHash('sha256')
    let bytes = 0
    let columns: { at: number; cell: CellOf; name: string }[] | null = null
    const unkept = new Set<string>()
    const cursor = client.query(new Cursor(sql.replace(/;\s*$/, ''), [], { rowMode: 'array' } as never))
    reading: for (;;) {
      const { rows, fields } = await readSome(cursor)
      if (!columns) {
        hash.update(JSON.stringify(fields.map(({ name, dataTypeID }) => [name, dataTypeID])))
        columns = fields.map(({ name, dataTypeID, dataTypeModifier }) => {
          const { kind, cell } = readingOf(dataTypeID, dataTypeModifier)
          return { at: staging.column(name, kind), cell, name }
        })
      }
      if (!rows.length) break
      for (const row of rows) {
        const line = JSON.stringify(row)
        hash.update(line)
        bytes += line.length
        for (let nth = 0; nth < columns.length; nth++) {
          const value = row[nth]
          if (value === null || value === undefined) continue
          const { at, cell, name } = columns[nth] as (typeof columns)[number]
          const made = cell(value)
          if (made) staging.set(at, made.kind, made.value)
          else unkept.add(name)
        }
        await staging.end()
        if (staging.rows === head) break reading
      }
      signal?.throwIfAborted()
      tell?.(null, `reading row ${staging.rows.toLocaleString('en')}`)
    }
    await cursor.close()
    const source = await staging.finish()
    if (!source)
      throw fail(
        'empty-data',
        found.ask.query === undefined ? 'The table has no rows.' : 'The query gives no rows.',
        'Choose another table or query.',
      )
    const notes = [...source.notes]
    if (unkept.size) notes.push(`Infinite dates of ${listed([...unkept])} are kept as missing.`)
    return { hash: hash.digest('hex') as Hash, bytes, opened: { ...source, tables, notes } }
  } catch (cause) {
    signal?.throwIfAborted()
    throw troubleOf(cause, place, isOurs)
  } finally {
    signal?.removeEventListener('abort', stop)
    // Goodbye is said politely, but nobody waits for an answer.
    const waited = setTimeout(stop, GOODBYE_MS)
    client.end().then(
      () => clearTimeout(waited),
      () => clearTimeout(waited),
    )
  }
}
