type Scalar = string | number | boolean | null

const isScalar = (value: unknown): value is Scalar => value === null || typeof value !== 'object'
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Hashes are long and people only compare their beginning. */
const isHash = (text: string) => /^[0-9a-f]{64}$/.test(text)

function word(value: unknown): string {
  if (value === null || value === undefined) return 'none'
  if (typeof value === 'number')
    return Number.isInteger(value) ? value.toLocaleString('en-US') : String(Number(value.toPrecision(6)))
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'string') return isHash(value) ? value.slice(0, 12) : value
  if (Array.isArray(value) && value.length <= 12 && value.every(isScalar))
    return value.map(word).join(', ') || 'none'
  if (Array.isArray(value)) return `${value.length.toLocaleString('en-US')} in all`
  // What failed is told by its sentence.
  if (isRecord(value) && typeof value.message === 'string' && 'remedy' in value) return value.message
  return Object.entries(value as object)
    .filter(([, member]) => isScalar(member))
    .map(([key, member]) => `${key} ${word(member)}`)
    .join(', ')
}

/** Lines of a table: names left, figures right, as wide as the content needs. */
function table(heads: string[], rows: unknown[][]): string {
  const cells = rows.map(row => row.map(cell => word(cell).slice(0, 60)))
  const widths = heads.map((head, i) => Math.max(head.length, ...cells.map(row => row[i]?.length ?? 0)))
  const right = heads.map((_, i) => rows.some(row => typeof row[i] === 'number'))
  const line = (row: string[]) =>
    row
      .map((cell, i) => (right[i] ? cell.padStart(widths[i] as number) : cell.padEnd(widths[i] as number)))
      .join('  ')
      .trimEnd()
  return [line(heads), line(widths.map(width => '─'.repeat(width))), ...cells.map(line)].join('\n')
}

function tableOf(items: Record<string, unknown>[]): string {
  const flat = items.map(item =>
    Object.fromEntries(
      Object.entries(item).flatMap(([key, value]) => cellOf(value).map(cell => [key, cell] as const)),
    ),
  )
  const heads = [...new Set(flat.flatMap(item => Object.keys(item)))].filter(head =>
    flat.some(
      item =>
        item[head] !== null && item[head] !== undefined && (isScalar(item[head]) || word(item[head]) !== ''),
    ),
  )
  return table(
    heads,
    flat.map(item => heads.map(head => item[head])),
  )
}

/**
 * A cell for a person. A large object says its few figures, or nothing: whoever wants the rest asks for the one thing,
 * or for JSON.
 */
function cellOf(value: unknown): unknown[] {
  if (!isRecord(value) || Object.values(value).filter(isScalar).length <= 4) return [value]
  const figures = Object.entries(value).filter(([, member]) => typeof member === 'number')
  return figures.length > 0 && figures.length <= 4 ? [Object.fromEntries(figures)] : []
}

/** An answer of the contract in words for a person: single values first, then a table for each list. */
export function inWords(answer: unknown): string {
  if (!isRecord(answer)) return word(answer)
  if (Array.isArray(answer.rows) && Array.isArray(answer.columns)) {
    const heads = (answer.columns as { name: string }[]).map(column => column.name)
    return `${table(heads, answer.rows as unknown[][])}\n${word(answer.rows.length)} of ${word(answer.total)} rows`
  }
  const entries = Object.entries(answer)
  const isTable = (value: unknown): value is Record<string, unknown>[] =>
    Array.isArray(value) && value.length > 0 && value.every(isRecord)
  const lines = entries
    .filter(([, value]) => !isTable(value))
    .map(([key, value]) => [key, word(value)] as const)
    .filter(([, text]) => text !== '')
  const width = Math.max(0, ...lines.map(([key]) => key.length))
  const parts = lines.map(([key, text]) => `${key.padEnd(width)}  ${text}`)
  for (const [key, value] of entries)
    if (isTable(value)) parts.push(entries.length > 1 ? `\n${key}` : '', tableOf(value))
  return parts
    .filter((part, i) => part !== '' || i > 0)
    .join('\n')
    .trim()
}
