import type { ColumnType } from '#contract'

/**
 * One way to read a text column. A column gets the first one that every value of it fits; no sample decides it, so
 * the type never depends on which rows come first.
 */
export interface Reading {
  type: ColumnType
  /** A quick look at a few values, so that hopeless readings are not tried on all rows. */
  looks: RegExp
  /** SQL: whether the text `t` (not NULL) fits; it may be NULL for no. */
  fits(t: string): string
  /** SQL: the value of the text `t`. */
  value(t: string): string
  /** Two readings of one group that both fit mean that nobody can tell: the column stays text. */
  ambiguous?: string
  /** In JSON, only quoted values are read this way. */
  quoted?: boolean
}

const NUMBER = String.raw`[+-]?((0|[1-9]\d*)\.\d*|(0|[1-9]\d{0,17})|\.\d+)([eE][+-]?\d+)?`
const DECIMAL_COMMA = String.raw`[+-]?(0|[1-9]\d*),\d+`
const WORDS = `('nan', 'inf', '-inf', '+inf', 'infinity', '-infinity')`
const finite = (sql: string) => `CASE WHEN isfinite(${sql}) THEN ${sql} END`

const integer: Reading = {
  type: 'integer',
  looks: /^\s*-?(0|[1-9]\d*)\s*$/,
  // The way there and back must give the same text, so "007", "1.5" and "1e3" are no integers.
  fits: t => `CAST(TRY_CAST(${t} AS BIGINT) AS VARCHAR) = trim(${t})`,
  value: t => `TRY_CAST(${t} AS BIGINT)`,
}

const float: Reading = {
  type: 'float',
  looks: /^\s*[+-]?((0|[1-9]\d*)(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*$|^\s*[+-]?(nan|inf|infinity)\s*$/i,
  fits: t => `(regexp_full_match(trim(${t}), '${NUMBER}') OR lower(trim(${t})) IN ${WORDS})`,
  value: t => finite(`TRY_CAST(${t} AS DOUBLE)`),
}

const decimalComma: Reading = {
  type: 'float',
  looks: /^\s*[+-]?(0|[1-9]\d*)(,\d+)?\s*$/,
  fits: t => `regexp_full_match(trim(${t}), '${DECIMAL_COMMA}|[+-]?(0|[1-9]\\d{0,17})')`,
  value: t => `TRY_CAST(replace(${t}, ',', '.') AS DOUBLE)`,
}

const boolean: Reading = {
  type: 'boolean',
  looks: /^(true|false)$/i,
  fits: t => `lower(${t}) IN ('true', 'false')`,
  value: t => `(lower(${t}) = 'true')`,
}

/** Formats of strptime, and those that are read otherwise elsewhere (day and month change places). */
const dateFormats: { format: string; looks: string; ambiguous?: string }[] = [
  { format: '%Y/%m/%d', looks: String.raw`\d{4}\/\d{1,2}\/\d{1,2}` },
  { format: '%Y.%m.%d', looks: String.raw`\d{4}\.\d{1,2}\.\d{1,2}` },
  { format: '%d.%m.%Y', looks: String.raw`\d{1,2}\.\d{1,2}\.\d{4}` },
  { format: '%m/%d/%Y', looks: String.raw`\d{1,2}\/\d{1,2}\/\d{4}`, ambiguous: 'slash' },
  { format: '%d/%m/%Y', looks: String.raw`\d{1,2}\/\d{1,2}\/\d{4}`, ambiguous: 'slash' },
  { format: '%m-%d-%Y', looks: String.raw`\d{1,2}-\d{1,2}-\d{4}`, ambiguous: 'dash' },
  { format: '%d-%m-%Y', looks: String.raw`\d{1,2}-\d{1,2}-\d{4}`, ambiguous: 'dash' },
]

const isoDate: Reading = {
  type: 'date',
  looks: /^\d{4}-\d\d-\d\d$/,
  fits: t => `CAST(TRY_CAST(${t} AS DATE) AS VARCHAR) = ${t}`,
  value: t => `TRY_CAST(${t} AS DATE)`,
  quoted: true,
}

const isoTimestamp: Reading = {
  type: 'timestamp',
  looks: /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?\s?(Z|UTC|[+-]\d\d(:?\d\d)?)?)?$/,
  fits: t => `(TRY_CAST(${t} AS TIMESTAMP) IS NOT NULL AND isfinite(TRY_CAST(${t} AS TIMESTAMP)))`,
  value: t => `TRY_CAST(${t} AS TIMESTAMP)`,
  quoted: true,
}

const byFormat = (
  { format, looks, ambiguous }: (typeof dateFormats)[number],
  clock: { format: string; looks: string } | null,
): Reading => {
  const whole = clock ? `${format} ${clock.format}` : format
  return {
    type: clock ? 'timestamp' : 'date',
    looks: new RegExp(`^${looks}${clock ? ` ${clock.looks}` : ''}$`),
    fits: t => `TRY_STRPTIME(${t}, '${whole}') IS NOT NULL`,
    value: t => (clock ? `TRY_STRPTIME(${t}, '${whole}')` : `CAST(TRY_STRPTIME(${t}, '${whole}') AS DATE)`),
    ambiguous: ambiguous && `${ambiguous} ${clock?.format ?? ''}`,
    quoted: true,
  }
}
const clocks = [
  { format: '%H:%M', looks: String.raw`\d{1,2}:\d\d` },
  { format: '%H:%M:%S', looks: String.raw`\d{1,2}:\d\d:\d\d` },
]

/** All readings, narrowest first. Text, which everything fits, is not among them. */
export const readings: readonly Reading[] = [
  boolean,
  integer,
  float,
  isoDate,
  isoTimestamp,
  ...dateFormats.map(date => byFormat(date, null)),
  ...dateFormats.flatMap(date => clocks.map(clock => byFormat(date, clock))),
]

/** The readings of a text whose delimiter leaves the comma free for decimals. */
export const readingsWithDecimalComma: readonly Reading[] = [
  boolean,
  integer,
  float,
  decimalComma,
  ...readings.slice(3),
]

/** SQL that is true where a text says a number that is none (NaN, infinity); such values are kept as missing. */
export const isNoNumber = (t: string): string => `lower(trim(${t})) IN ${WORDS}`
