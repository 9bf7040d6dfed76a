import type { Session } from '../duck.ts'
import type { Found } from '../look.ts'
import { fileLiteral } from './fileLiteral.ts'
import type { Settled, Source } from './source.ts'

const simple = (type: Settled['type'], value: string): Settled => ({ type, value, lost: null })

/** What is not finite (NaN, infinity) is kept as missing. */
const finite = (type: Settled['type'], value: string): Settled => ({
  type,
  value: `CASE WHEN isfinite(${value}) THEN ${value} END`,
  lost: `NOT isfinite(${value})`,
})

const isNested = (type: string) => /\[\d*\]$|^(STRUCT|MAP|UNION)\(/.test(type)

/** How a Parquet column is kept; the types are DuckDB's names for them. */
function kept(type: string, c: string): Settled {
  if (/^(U?(TINY|SMALL|BIG)INT|U?INTEGER)$/.test(type)) return simple('integer', c)
  const decimal = /^DECIMAL\((\d+),(\d+)\)$/.exec(type)
  if (decimal?.[2] === '0') return simple('integer', Number(decimal[1]) <= 18 ? `CAST(${c} AS BIGINT)` : c)
  if (decimal) return simple('float', `CAST(${c} AS DOUBLE)`)
  if (['FLOAT', 'DOUBLE', 'HUGEINT', 'UHUGEINT'].includes(type))
    return finite('float', `CAST(${c} AS DOUBLE)`)
  if (type === 'BOOLEAN') return simple('boolean', c)
  if (type === 'VARCHAR') return simple('text', c)
  if (type === 'DATE') return finite('date', c)
  if (type.startsWith('TIMESTAMP')) return finite('timestamp', `CAST(${c} AS TIMESTAMP)`)
  if (isNested(type)) return simple('text', `CAST(to_json(${c}) AS VARCHAR)`)
  // Older writers do not mark text as such; what is no UTF-8 is shown with its bytes in hexadecimal.
  if (type === 'BLOB') return simple('text', `coalesce(TRY(decode(${c})), CAST(${c} AS VARCHAR))`)
  return simple('text', `CAST(${c} AS VARCHAR)`)
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
