import { rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DuckDBConnection, DuckDBDataChunk, DuckDBInstance, DuckDBValue } from '@duckdb/node-api'
import type { Cell } from '#contract'
import { ensureFolder } from '../kit/index.ts'
import type { Store } from '../store/index.ts'
import { troubleOf } from './files/trouble.ts'

/** A run of rows, column-major. Dates are ISO text, integers beyond 2^53 text, missing null. */
export interface Batch {
  rows: number
  columns: Cell[][]
  /** The number of each row in its source, from 0, where that was asked for. */
  numbers?: number[]
}

/** Types in which values of JavaScript are carried into DuckDB; BIGINT takes whole numbers too. */
export type Carried = 'BIGINT' | 'DOUBLE' | 'BOOLEAN' | 'VARCHAR'

/** A column of values on its way into DuckDB. */
export interface CarriedColumn {
  name: string
  as: Carried
  values: unknown[]
}

/** One connection to DuckDB, for one job or one request. What goes wrong is thrown as a `Failure` where it is known. */
export interface Session {
  run(sql: string): Promise<void>
  /** All rows of a small result; integers come as numbers (exact up to 2^53), nested values as objects and lists. */
  rows<T = Record<string, Cell>>(sql: string): Promise<T[]>
  /** Rows of a large result in order, about 2,048 at a time. Its columns must be DOUBLE, VARCHAR or BOOLEAN. */
  stream(sql: string): AsyncGenerator<Batch>
  /** Makes a relation of rows, lets it be used under the name it is given, and drops it. */
  carry<T>(columns: CarriedColumn[], rows: number, use: (relation: string) => Promise<T>): Promise<T>
  /** Share of the running query that is done, 0 to 1, or null while it cannot be known. */
  progress(): number | null
  close(): void
}

/** The analytic engine of a workspace: one DuckDB in memory that spills into the workspace's `tmp`. */
export interface Duck {
  /** @param signal when aborted, the running query stops within milliseconds and the next one is refused */
  session(signal?: AbortSignal): Promise<Session>
  /** Begins to open it, where it will soon be asked for and something else is to be done first. */
  begin(): void
  /** A new folder for unfinished files, and how to drop it. */
  scratch(): { folder: string; drop(): void }
  close(): void
}

/** DuckDB's own limit; the process needs about 300 MB beside it. */
const MEMORY = '1GB'
/** What holds for each connection; the bar is counted and never drawn. */
const SETTINGS = `SET TimeZone = 'UTC'; SET enable_progress_bar = true; SET enable_progress_bar_print = false;`
/** While a query is told to stop, it is told again after so many milliseconds: the first call may come too early. */
const STOP_AGAIN = 10

/** Text as an SQL literal. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** Turns what DuckDB gives for small results into plain values. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (value === null || typeof value !== 'object') return value
  if ('items' in value) return (value.items as unknown[]).map(plain)
  if ('entries' in value && !Array.isArray(value.entries))
    return Object.fromEntries(
      Object.entries(value.entries as object).map(([key, item]) => [key, plain(item)]),
    )
  return String(value)
}

/** Loaded when it is first asked for: the program that only shows its jobs starts without it. */
export async function loadDuck(): Promise<Library> {
  const library: Library = await import('@duckdb/node-api')
  // In a bundle all that the library exports is its default.
  return library.DuckDBInstance ? library : (library as unknown as { default: Library }).default
}
type Library = typeof import('@duckdb/node-api')

/** DuckDB takes so many rows at once. */
const VECTOR = 2048

/** Appends columns to a table of the connection's own. */
async function append(
  connection: DuckDBConnection,
  table: string,
  columns: CarriedColumn[],
  rows: number,
): Promise<void> {
  const library = await loadDuck()
  const appender = await connection.createAppender(table, 'main', 'temp')
  try {
    const types = columns.map(({ as }) => library[as])
    for (let from = 0; from < rows; from += VECTOR) {
      const many = Math.min(VECTOR, rows - from)
      const chunk = library.DuckDBDataChunk.create(types, many)
      for (const [at, { as, values }] of columns.entries()) {
        const some = values.slice(from, from + many)
        if (as === 'BIGINT')
          for (let i = 0; i < many; i++) if (typeof some[i] === 'number') some[i] = BigInt(some[i] as number)
        chunk.setColumnValues(at, some as DuckDBValue[])
      }
      appender.appendDataChunk(chunk)
    }
    appender.flushSync()
  } finally {
    appender.closeSync()
  }
}

/** The values of a chunk. `getColumns` gives the same, and calls a function for each value, which takes twice as long. */
function columnsOf(chunk: DuckDBDataChunk): Cell[][] {
  return Array.from({ length: chunk.columnCount }, (_, column) => {
    const vector = chunk.getColumnVector(column)
    const values: Cell[] = []
    for (let at = 0; at < vector.itemCount; at++) values.push(vector.getItem(at) as Cell)
    return values
  })
}

function sessionOf(connection: DuckDBConnection, signal?: AbortSignal): Session {
  /** Runs one query under the signal. */
  async function under<T>(query: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted()
    let again: NodeJS.Timeout | undefined
    const stop = () => {
      connection.interrupt()
      again ??= setInterval(() => connection.interrupt(), STOP_AGAIN)
    }
    signal?.addEventListener('abort', stop)
    try {
      return await query()
    } catch (error) {
      signal?.throwIfAborted()
      throw troubleOf(error)
    } finally {
      signal?.removeEventListener('abort', stop)
      clearInterval(again)
    }
  }
  return {
    run: sql => under(async () => void (await connection.run(sql))),
    rows: <T>(sql: string) =>
      under(async () => {
        const reader = await connection.runAndReadAll(sql)
        return reader
          .getRowObjects()
          .map(
            row => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])) as T,
          )
      }),
    async *stream(sql) {
      const result = await under(() => connection.stream(sql))
      for (;;) {
        const chunk = await under(() => result.fetchChunk())
        if (!chunk || chunk.rowCount === 0) return
        yield { rows: chunk.rowCount, columns: columnsOf(chunk) }
      }
    },
    async carry(columns, rows, use) {
      const table = 'carried'
      await under(async () => {
        await connection.run(
          `CREATE OR REPLACE TEMP TABLE ${table} (${columns.map(({ name, as }) => `${name} ${as}`).join(', ')})`,
        )
        await append(connection, table, columns, rows)
      })
      try {
        return await use(`temp.${table}`)
      } finally {
        await connection.run(`DROP TABLE IF EXISTS temp.${table}`)
      }
    },
    progress() {
      const { percentage } = connection.progress
      return percentage < 0 ? null : Math.min(1, percentage / 100)
    },
    close: () => connection.closeSync(),
  }
}

/** Opens the engine when it is first asked for. */
export function openDuck(store: Store): Duck {
  // In a workspace that may only be read, unfinished files go to the system's place for them.
  const base = () =>
    store.readOnly ? ensureFolder(join(tmpdir(), `edgewright-${process.pid}`)) : store.place('tmp')
  let opened: Promise<DuckDBInstance> | undefined
  let count = 0
  const open = async () => {
    const { DuckDBInstance } = await loadDuck()
    return DuckDBInstance.create(':memory:', {
      threads: String(availableParallelism()),
      memory_limit: MEMORY,
      temp_directory: join(base(), 'spill'),
      // Nothing is ever fetched from the network.
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    })
  }
  return {
    begin() {
      opened ??= open()
      // Whoever asks for a session is told.
      opened.catch(() => {})
    },
    async session(signal) {
      signal?.throwIfAborted()
      opened ??= open()
      const connection = await (await opened).connect()
      await connection.run(SETTINGS)
      return sessionOf(connection, signal)
    },
    scratch() {
      const folder = ensureFolder(join(base(), `data-${process.pid}-${++count}`))
      return { folder, drop: () => rmSync(folder, { recursive: true, force: true }) }
    },
    close() {
      void opened?.then(instance => instance.closeSync())
      opened = undefined
      if (store.readOnly)
        rmSync(join(tmpdir(), `edgewright-${process.pid}`), { recursive: true, force: true })
    },
  }
}
