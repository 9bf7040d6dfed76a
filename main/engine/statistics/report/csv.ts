import type { FeatureStatistics } from '#contract'
import type { Shown } from '../kept.ts'
import { rowsOf } from './rows.ts'

/** A cell as RFC 4180 writes it. A text that a spreadsheet would run as a formula is kept a text. */
function cell(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number') return String(value)
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

const HEADER = [
  'feature',
  'type',
  'rows of',
  'count',
  'missing',
  'unique',
  'mean',
  'standard deviation',
  'min',
  'median',
  'max',
  'zeros',
  'average length',
  'top value',
  'count of top value',
  'non-uniformity',
  'drift',
]

const figuresOf = ({ count, missing, unique, numeric, averageLength, top }: FeatureStatistics) => [
  count,
  missing,
  unique,
  numeric?.mean,
  numeric?.deviation,
  numeric?.min,
  numeric?.median,
  numeric?.max,
  numeric?.zeros,
  averageLength,
  top[0]?.value,
  top[0]?.count,
]

/** The figures of all features: a row for each feature and set of rows. */
export function csvOf(one: Shown, beside: Shown | null): { text: string; features: number } {
  const lines = [HEADER.map(cell).join(',')]
  let features = 0
  for (const { feature, nonUniformity, drift, sides } of rowsOf(one, beside)) {
    features++
    for (const { label, figures } of sides)
      lines.push(
        [feature.name, feature.type, label, ...figuresOf(figures), nonUniformity, drift].map(cell).join(','),
      )
  }
  return { text: `${lines.join('\r\n')}\r\n`, features }
}
