import type { FeatureStatistics } from '#contract'
import { count, figure, percent } from '../../ui/index.ts'
import { type FeatureRow, valueWords } from './features.ts'

/** One figure of a feature in words, of train (or all rows) and of eval. */
export interface FigureRow {
  label: string
  main: string
  eval: string | null
}

/** Every figure of a feature, in the order in which they are read. */
export function figuresOf(row: FeatureRow): FigureRow[] {
  const words = (value: number) => valueWords(row.type, value)
  const isMoment = row.type === 'date' || row.type === 'timestamp'
  const isNumber = row.main.numeric !== null && row.type !== 'boolean'
  const figures: [string, (of: FeatureStatistics) => string | null][] = [
    ['Rows', of => count(of.count + of.missing)],
    [
      'Missing',
      of => (of.missing ? `${count(of.missing)}, ${percent(of.missing / (of.count + of.missing))}` : '0'),
    ],
    ['Unique', of => count(of.unique)],
  ]
  if (isNumber && !isMoment)
    figures.push(
      ['Mean', of => of.numeric && figure(of.numeric.mean)],
      ['Deviation', of => of.numeric && figure(of.numeric.deviation)],
    )
  if (isNumber)
    figures.push(
      ['Least', of => of.numeric && words(of.numeric.min)],
      ['Median', of => of.numeric && words(of.numeric.median)],
      ['Greatest', of => of.numeric && words(of.numeric.max)],
    )
  if (row.main.averageLength !== null)
    figures.push(['Mean length', of => (of.averageLength === null ? null : figure(of.averageLength))])
  return figures.map(([label, of]) => ({
    label,
    main: of(row.main) ?? '–',
    eval: row.eval && (of(row.eval) ?? '–'),
  }))
}
