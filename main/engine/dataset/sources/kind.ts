import type { ColumnType } from '#contract'

/**
 * What a cell is before its column is settled. `decimal`: an integer that may have up to 38 digits; `bytes`: what is no
 * text in UTF-8, as base64; `list`: several values, as JSON text.
 */
export type Kind = ColumnType | 'decimal' | 'bytes' | 'list'

/** DuckDB's type of each kind. */
export const TYPE_OF: Record<Kind, string> = {
  integer: 'BIGINT',
  decimal: 'DECIMAL(38,0)',
  float: 'DOUBLE',
  boolean: 'BOOLEAN',
  text: 'VARCHAR',
  bytes: 'VARCHAR',
  list: 'VARCHAR',
  date: 'DATE',
  timestamp: 'TIMESTAMP',
}

/** How a column is kept. */
export interface Settled {
  type: ColumnType
  kind: Kind
  /** SQL of the value as it came. */
  plain: string
  /** SQL of the value that is kept. */
  value: string
  /** SQL that is true where a value cannot be kept and becomes missing; null: all can. */
  lost: string | null
}

const simple = (type: ColumnType, kind: Kind, plain: string): Settled => ({
  type,
  kind,
  plain,
  value: plain,
  lost: null,
})

/** What is not finite (NaN, infinity) is kept as missing. */
const finite = (type: ColumnType, plain: string): Settled => ({
  type,
  kind: type,
  plain,
  value: `CASE WHEN isfinite(${plain}) THEN ${plain} END`,
  lost: `NOT isfinite(${plain})`,
})

/**
 * How a value of a known kind is kept.
 * @param sql the value, in DuckDB's type of that kind; integers in any of its integer types
 */
export function settle(kind: Kind, sql: string): Settled {
  if (kind === 'float' || kind === 'date' || kind === 'timestamp') return finite(kind, sql)
  if (kind === 'decimal') return simple('integer', kind, sql)
  return simple(kind === 'bytes' || kind === 'list' ? 'text' : kind, kind, sql)
}

/** Kinds that a wider one holds without loss, narrowest first; all others meet as text only. */
const WIDENING: [Kind[], Kind][] = [
  [['boolean', 'integer'], 'integer'],
  [['integer', 'decimal'], 'decimal'],
  [['integer', 'decimal', 'float'], 'float'],
  [['date', 'timestamp'], 'timestamp'],
]

/**
 * How a column is kept whose values came in several kinds, each kind in a slot of its own: as the narrowest kind that
 * holds them all, else as text.
 * @param slot SQL of the slot of a kind; a row has a value in at most one of them
 */
export function unite(kinds: ReadonlySet<Kind>, slot: (kind: Kind) => string): Settled {
  const [only, ...others] = kinds
  if (only === undefined) return settle('text', 'CAST(NULL AS VARCHAR)')
  if (!others.length) return settle(only, slot(only))
  const all = (...narrow: Kind[]) => [...kinds].every(kind => narrow.includes(kind))
  if (kinds.has('list')) {
    const scalar = [...kinds].filter(kind => kind !== 'list')
    const items = scalar.map(kind => `'[' || CAST(to_json(${slot(kind)}) AS VARCHAR) || ']'`)
    return settle('list', `coalesce(${[slot('list'), ...items].join(', ')})`)
  }
  // Where some values are no text, all are base64, so that each means the same.
  if (all('text', 'bytes'))
    return settle('bytes', `coalesce(to_base64(encode(${slot('text')})), ${slot('bytes')})`)
  const kind = WIDENING.find(([narrow]) => all(...narrow))?.[1] ?? 'text'
  const cast = [...kinds].map(one => `CAST(${slot(one)} AS ${TYPE_OF[kind]})`)
  return settle(kind, `coalesce(${cast.join(', ')})`)
}
