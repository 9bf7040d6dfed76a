import { literal } from '../duck.ts'
import type { Found } from '../files/look.ts'
import { readings, readingsWithDecimalComma } from '../files/types.ts'
import { fileLiteral } from './fileLiteral.ts'
import type { Source } from './source.ts'

/** No line of a table is longer than this, in bytes. */
const LONGEST_LINE = 8 << 20
/** Bytes that are read at once; left to itself, DuckDB would take sixteen times the longest line. */
const BUFFER = 32 << 20

/**
 * Delimited text: every cell is read as text first, an empty one as missing.
 * @param options.blank `kept`: an empty cell in quotes is the empty text, so that it differs from a blank line
 */
export function openCsv(found: Found, { blank = 'missing' }: { blank?: 'missing' | 'kept' } = {}): Source {
  if (!found.dialect) throw new Error('a delimited text has a dialect')
  const { delimiter, header, names, breaks = false } = found.dialect
  const columns = names.map((_, at) => `c${at}: 'VARCHAR'`).join(', ')
  const options = [
    'auto_detect = false',
    `delim = ${literal(delimiter)}`,
    `quote = '"'`,
    `escape = '"'`,
    `header = ${header}`,
    // DuckDB takes the first line break of a file, though it be within quotes, for the end of each record: a strict reading
    // of a file whose records end otherwise has no rows.
    `strict_mode = ${!breaks}`,
    `max_line_size = ${LONGEST_LINE}`,
    `buffer_size = ${BUFFER}`,
    `allow_quoted_nulls = ${blank === 'missing'}`,
    `compression = '${found.compression}'`,
    `columns = {${columns}}`,
  ].join(', ')
  return {
    from: `read_csv(${fileLiteral(found.path)}, ${options})`,
    columns: names.map((name, at) => ({ name, cell: `c${at}`, settled: null })),
    readings: delimiter === ',' ? readings : readingsWithDecimalComma,
    cells: 'text',
    notes: [],
  }
}
