import type { ColumnType } from '#contract'
import type { TableColumn } from '../dataset/index.ts'

/**
 * How values of a type are counted. A value `v` is a whole number (then `unit` is what one of it means as a number),
 * a float, or text.
 */
export interface Kind {
  counts: 'whole' | 'float' | 'text'
  /** SQL: what is counted, of the kept column `c`. */
  value(c: string): string
  /** SQL: the counted value `v` as a number in the contract's unit. Not for text. */
  number: string
  unit: number
  /** SQL: the counted value `v` as people read it. */
  text: string
}

const float: Kind = {
  counts: 'float',
  value: c => `CAST(${c} AS DOUBLE)`,
  number: 'v',
  unit: 1,
  text: `(CASE WHEN v = trunc(v) AND abs(v) < 1e15 THEN CAST(CAST(v AS BIGINT) AS VARCHAR) ELSE CAST(v AS VARCHAR) END)`,
}

const kinds: Record<ColumnType, Kind> = {
  integer: {
    counts: 'whole',
    value: c => `CAST(${c} AS BIGINT)`,
    number: 'CAST(v AS DOUBLE)',
    unit: 1,
    text: 'CAST(v AS VARCHAR)',
  },
  float,
  boolean: {
    counts: 'whole',
    value: c => `CAST(${c} AS BIGINT)`,
    number: 'CAST(v AS DOUBLE)',
    unit: 1,
    text: `(CASE WHEN v = 1 THEN 'true' ELSE 'false' END)`,
  },
  date: {
    counts: 'whole',
    value: c => `CAST(${c} - DATE '1970-01-01' AS BIGINT)`,
    number: '(v * 86400.0::DOUBLE)',
    unit: 86_400,
    text: `CAST(DATE '1970-01-01' + CAST(v AS INTEGER) AS VARCHAR)`,
  },
  timestamp: {
    counts: 'whole',
    value: c => `epoch_us(${c})`,
    number: '(v / 1e6::DOUBLE)',
    unit: 1e-6,
    text: `(replace(CAST(make_timestamp(v) AS VARCHAR), ' ', 'T') || 'Z')`,
  },
  text: { counts: 'text', value: c => c, number: '', unit: 1, text: 'v' },
}

/** Integers beyond 64 bits, which only unsigned and decimal columns have, are counted exactly too. */
const wide: Kind = { ...kinds.integer, value: c => `CAST(${c} AS HUGEINT)` }

export const kindOf = (column: TableColumn): Kind =>
  column.type === 'integer' && column.wide ? wide : kinds[column.type]

/** SQL of a kept column that is not text as a number in the contract's unit: false and true as 0 and 1, dates in seconds. */
export function numberOf(column: TableColumn): string {
  const { value, number } = kindOf(column)
  return number.replace(/\bv\b/g, value(column.physical))
}
