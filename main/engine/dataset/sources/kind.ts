import type { ColumnType } from '#contract'
import type { Settled } from './source.ts'

/** What a cell is before its column is settled. `decimal`: an integer that may have up to 38 digits. */
export type Kind = ColumnType | 'decimal'

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
  return simple(kind === 'decimal' ? 'integer' : kind, kind, sql)
}

/** Kinds that a wider one holds without loss, narrowest first; all others meet as text only. */
const WIDENING: [Kind[], Kind, string][] = [
  [['integer', 'decimal'], 'decimal', 'DECIMAL(38,0)'],
  [['integer', 'decimal', 'float'], 'float', 'DOUBLE'],
  [['date', 'timestamp'], 'timestamp', 'TIMESTAMP'],
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
  const [, kind, type] = WIDENING.find(([narrow]) => [...kinds].every(one => narrow.includes(one))) ?? [
    [],
    'text' as const,
    'VARCHAR',
  ]
  const cast = [...kinds].map(one => `CAST(${slot(one)} AS ${type})`)
  return settle(kind, `coalesce(${cast.join(', ')})`)
}
