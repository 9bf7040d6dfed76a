import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { type Carried, literal, type Session } from '../duck.ts'
import { settleNames } from '../files/dialect.ts'
import { type Kind, settle, TYPE_OF, unite } from './kind.ts'
import type { Source } from './source.ts'

/** Rows are gathered until one of these is reached, then written as one part; memory holds one part at a time. */
const PART = { cells: 2 << 20, characters: 32 << 20, rows: 1 << 17 }

/** How each kind is carried into DuckDB, and what makes its own type of that. */
const carried: Record<Kind, { as: Carried; make(sql: string): string }> = {
  integer: { as: 'BIGINT', make: sql => sql },
  decimal: { as: 'VARCHAR', make: sql => `CAST(${sql} AS DECIMAL(38,0))` },
  float: { as: 'DOUBLE', make: sql => sql },
  boolean: { as: 'BOOLEAN', make: sql => sql },
  text: { as: 'VARCHAR', make: sql => sql },
  bytes: { as: 'VARCHAR', make: sql => sql },
  list: { as: 'VARCHAR', make: sql => sql },
  date: { as: 'BIGINT', make: sql => `(DATE '1970-01-01' + CAST(${sql} AS INTEGER))` },
  timestamp: { as: 'BIGINT', make: sql => `make_timestamp(${sql})` },
}

const LEAST = -(2n ** 63n)
const MOST = 2n ** 63n - 1n
const isLong = (value: unknown) => typeof value === 'bigint' && (value < LEAST || value > MOST)

/** A column and the values of its unfinished part, by kind; a value of another row than the last is filled up later. */
interface StagedColumn {
  name: string
  /** Its kind where the source says it, for a column that has no values. */
  declared: Kind
  slots: Map<Kind, unknown[]>
  /** All kinds that were seen, in finished parts too. */
  kinds: Set<Kind>
}

/**
 * Takes rows one by one from a source that DuckDB cannot read itself, and makes a relation of them on disk. A column may
 * first come late, and its cells may be of several kinds; each kind has a physical column of its own until all are known.
 */
export class Staging {
  readonly #session: Session
  readonly #folder: string
  readonly #prefix: string
  readonly #columns: StagedColumn[] = []
  readonly #parts: string[] = []
  #inPart = 0
  #cells = 0
  #characters = 0
  /** Rows that were taken. */
  rows = 0

  /** @param prefix of the files' names, where several relations are made in one folder */
  constructor(session: Session, folder: string, prefix = 'part') {
    this.#session = session
    this.#folder = folder
    this.#prefix = prefix
  }

  /** Adds a column. @param declared its kind if no value comes @returns its index */
  column(name: string, declared: Kind = 'text'): number {
    return this.#columns.push({ name, declared, slots: new Map(), kinds: new Set() }) - 1
  }

  /**
   * Sets a cell of the open row. Not setting it leaves it missing.
   * @param value integers as number or bigint, decimals as text, dates as days and timestamps as microseconds since 1970
   */
  set(at: number, kind: Kind, value: unknown): void {
    const column = this.#columns[at] as StagedColumn
    const real = kind === 'integer' && isLong(value) ? 'decimal' : kind
    let slot = column.slots.get(real)
    if (!slot) {
      slot = []
      column.slots.set(real, slot)
      column.kinds.add(real)
    }
    while (slot.length < this.#inPart) slot.push(null)
    if (real !== kind) slot.push(String(value))
    else slot.push(value)
    this.#cells++
    if (typeof value === 'string') this.#characters += value.length
  }

  /** Ends the open row; it is written with its part. */
  async end(): Promise<void> {
    this.rows++
    this.#inPart++
    // Others have their turn, so that the work can be cancelled.
    if (this.rows % 4096 === 0) await setImmediate()
    if (
      this.#cells >= PART.cells ||
      this.#characters >= PART.characters ||
      this.#inPart >= PART.rows ||
      this.#inPart * this.#columns.length >= PART.cells * 4
    )
      await this.#write()
  }

  async #write(): Promise<void> {
    const rows = this.#inPart
    const slots = this.#columns.flatMap(({ slots }, at) =>
      [...slots].map(([kind, values]) => {
        while (values.length < rows) values.push(null)
        return { name: slotOf(at, kind), kind, values }
      }),
    )
    // A part without any value still has its rows.
    const table = [
      { name: 'r', as: 'BOOLEAN' as const, values: new Array<unknown>(rows).fill(true) },
      ...slots.map(({ name, kind, values }) => ({ name, as: carried[kind].as, values })),
    ]
    const file = join(this.#folder, `${this.#prefix}-${this.#parts.length}.parquet`)
    const made = slots.map(({ name, kind }) => `${carried[kind].make(name)} AS ${name}`)
    await this.#session.carry(table, rows, relation =>
      this.#session.run(
        `COPY (SELECT ${['r', ...made].join(', ')} FROM ${relation}) TO ${literal(file)} (FORMAT parquet, COMPRESSION lz4_raw)`,
      ),
    )
    this.#parts.push(file)
    for (const column of this.#columns) column.slots = new Map()
    this.#inPart = 0
    this.#cells = 0
    this.#characters = 0
  }

  /** The relation of all rows. There is none where no row was taken. @param order of the columns */
  async finish(order: 'as added' | 'by name' = 'as added'): Promise<Source | null> {
    if (this.#inPart) await this.#write()
    if (!this.#parts.length) return null
    const { names, notes } = settleNames(this.#columns.map(({ name }) => name))
    const packed = names.filter((_, at) => this.#columns[at]?.kinds.has('bytes'))
    if (packed.length)
      notes.push(
        `${packed.length} ${packed.length === 1 ? 'column holds' : 'columns hold'} bytes that are not text, kept as base64: ${listed(packed)}.`,
      )
    const columns = this.#columns.map(({ kinds, declared }, at) => {
      const settled = kinds.size
        ? unite(kinds, kind => slotOf(at, kind))
        : settle(declared, `CAST(NULL AS ${TYPE_OF[declared]})`)
      return { name: names[at] as string, cell: settled.plain, settled }
    })
    if (order === 'by name') columns.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    return {
      from: partsLiteral(this.#parts),
      columns,
      cells: 'text',
      readings: [],
      notes,
    }
  }
}

/** Names in a sentence: the first few, and how many more. */
export const listed = (names: string[]): string =>
  `${names
    .slice(0, 3)
    .map(name => `"${name}"`)
    .join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''}`

/** The physical column of a kind of a column. */
export const slotOf = (at: number, kind: Kind): string => `c${at}_${kind}`

/** SQL of a relation that lies in several files, whose columns may differ. */
export const partsLiteral = (files: string[]): string =>
  `read_parquet([${files.map(literal).join(', ')}], union_by_name = true)`
