/** How the values of a feature are counted; a column that has several becomes the greatest of them. */
export const COUNTED_AS = ['INT', 'FLOAT', 'STRING'] as const
export type CountedAs = (typeof COUNTED_AS)[number]

const SPACE = String.raw`[ \t\n\v\f\r]*`
const DIGITS = '[0-9](_?[0-9])*'
const WHOLE = `${SPACE}[+-]?${DIGITS}${SPACE}`
const NUMBER = `(?i)${SPACE}[+-]?(inf(inity)?|nan|(${DIGITS}(\\.(${DIGITS})?)?|\\.${DIGITS})(e[+-]?${DIGITS})?)${SPACE}`

/** The digits of a number as SQL reads them: without spaces, underscores and a plus. */
const bare = (v: string) => `replace(ltrim(trim(${v}, E' \\t\\n\\x0b\\f\\r'), '+'), '_', '')`

/**
 * SQL of the place in `COUNTED_AS` of a text `v` that is not empty: what `int()` and `float()` of Python read, as
 * tfx_bsl's decoder of CSV asks them. A whole number beyond 64 bits is text.
 */
export const countedAs = (v: string): string =>
  `CASE WHEN regexp_full_match(${v}, '${WHOLE}') THEN (CASE WHEN TRY_CAST(${bare(v)} AS BIGINT) IS NULL THEN 2 ELSE 0 END)
    WHEN regexp_full_match(${v}, '${NUMBER}') THEN 1 ELSE 2 END`

/** SQL of a text that is a number as a 64-bit float. */
export const doubleOf = (v: string): string =>
  `COALESCE(TRY_CAST(${v} AS DOUBLE), TRY_CAST(${bare(v)} AS DOUBLE))`

/** SQL of the nearest 32-bit float of a 64-bit one, as one of 64 bits; what is too great becomes infinity. */
export const singleOf = (x: string): string =>
  `COALESCE(CAST(TRY_CAST(${x} AS FLOAT) AS DOUBLE), ${x} * 'inf'::DOUBLE)`

/** SQL of a text that is a whole number, written the way Python writes it. */
export const wholeText = (v: string): string => `CAST(${wholeOf(v)} AS VARCHAR)`

/** SQL of a text that is a whole number as one of 64 bits. */
export const wholeOf = (v: string): string => `TRY_CAST(${bare(v)} AS BIGINT)`
