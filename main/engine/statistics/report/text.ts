import type { ColumnType } from '#contract'

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text as HTML shows it, also in an attribute. What no document may hold becomes a question mark in a box. */
export const escaped = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '\ufffd')
    .replace(/[&<>"']/g, letter => ESCAPES[letter] as string)

/** No longer than a cell can show. */
export const short = (text: string, most = 60): string => {
  const letters = [...text.slice(0, most * 2 + 2)]
  return letters.length > most ? `${letters.slice(0, most - 1).join('')}…` : text
}

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const fine = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 5 })

/** A number with no more digits than one reads. */
export function numberText(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return whole.format(value)
  const size = Math.abs(value)
  return size >= 1e15 || (size > 0 && size < 1e-4) ? value.toExponential(3) : fine.format(value)
}

/** A share in percent: never 0 % where there is something, never 100 % where something is missing. */
export function shareText(share: number): string {
  if (share > 0 && share < 0.0005) return '<0.1%'
  if (share < 1 && share > 0.9995) return '>99.9%'
  return `${Number((share * 100).toFixed(1))}%`
}

/** A value of a column, whose dates and times are seconds since 1970. */
export function valueText(value: number, type: ColumnType): string {
  if (type !== 'date' && type !== 'timestamp') return numberText(value)
  const moment = new Date(value * 1000)
  if (Number.isNaN(moment.getTime())) return numberText(value)
  const text = moment.toISOString()
  return type === 'date' ? text.slice(0, 10) : text.replace('.000Z', 'Z').replace('T', ' ')
}
