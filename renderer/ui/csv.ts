/** One field by RFC 4180: quoted only where it must be. Missing values are empty. */
function field(value: unknown): string {
  if (value === null || value === undefined) return ''
  const text =
    value instanceof Date
      ? value.toISOString()
      : typeof value === 'object'
        ? JSON.stringify(value)
        : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** A table as CSV (RFC 4180, lines end in CR LF): a line of names, then the values as they are, not as they are shown. */
export const toCsv = (names: readonly string[], rows: readonly (readonly unknown[])[]): string =>
  [names, ...rows].map(row => `${row.map(field).join(',')}\r\n`).join('')
