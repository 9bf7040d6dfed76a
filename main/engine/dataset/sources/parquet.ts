import type { Session } from '../duck.ts'
import type { Found } from '../files/look.ts'
import { fileLiteral } from './fileLiteral.ts'
import type { Settled } from './kind.ts'
import { settle } from './kind.ts'
import type { Source } from './source.ts'

const isNested = (type: string) => /\[\d*\]$|^(STRUCT|MAP|UNION)\(/.test(type)

/** How a Parquet column is kept; the types are DuckDB's names for them. */
function kept(type: string, c: string): Settled {
  if (/^((TINY|SMALL|BIG)INT|U(TINY|SMALL)INT|U?INTEGER)$/.test(type)) return settle('integer', c)
  if (type === 'UBIGINT') return settle('decimal', c)
  const decimal = /^DECIMAL\((\d+),(\d+)\)$/.exec(type)
  if (decimal?.[2] === '0')
    return Number(decimal[1]) <= 18 ? settle('integer', `CAST(${c} AS BIGINT)`) : settle('decimal', c)
  if (decimal || ['FLOAT', 'DOUBLE', 'HUGEINT', 'UHUGEINT'].includes(type))
    return settle('float', `CAST(${c} AS DOUBLE)`)
  if (type === 'BOOLEAN') return settle('boolean', c)
  if (type === 'VARCHAR') return settle('text', c)
  if (type === 'DATE') return settle('date', c)
  if (type.startsWith('TIMESTAMP')) return settle('timestamp', `CAST(${c} AS TIMESTAMP)`)
  if (isNested(type)) return settle('text', `CAST(to_json(${c}) AS VARCHAR)`)
  // Older writers do not mark text as such; what is no UTF-8 is shown with its bytes in hexadecimal.
  if (type === 'BLOB') return settle('text', `coalesce(TRY(decode(${c})), CAST(${c} AS VARCHAR))`)
  return settle('text', `CAST(${c} AS VARCHAR)`)
}

/** Parquet: the file says the types. */
export async function openParquet(found: Found, session: Session): Promise<Source> {
  const file = fileLiteral(found.path)
  const from = `read_parquet(${file})`
  const [described, schema] = [
    await session.rows<{ column_name: string; column_type: string }>(`DESCRIBE SELECT * FROM ${from}`),
    await session.rows<{ name: string; num_children: number | null }>(
      `SELECT name, num_children FROM parquet_schema(${file})`,
    ),
  ]
  // The schema lists the tree of fields depth first; DuckDB renames names that differ in letter case only.
  const names: string[] = []
  for (let at = 1; at < schema.length; ) {
    names.push(schema[at]?.name ?? '')
    for (let open = 1; open > 0; at++) open += (schema[at]?.num_children ?? 0) - 1
  }
  const notes: string[] = []
  const columns = described.map(({ column_name, column_type }, at) => {
    const cell = `"${column_name.replaceAll('"', '""')}"`
    return { name: names[at] ?? column_name, cell, settled: kept(column_type, cell) }
  })
  const nested = described.filter(({ column_type }) => isNested(column_type)).length
  if (nested) notes.push(`${nested} nested ${nested === 1 ? 'column is' : 'columns are'} kept as JSON text.`)
  return { from, columns, cells: 'text', readings: [], notes }
}
