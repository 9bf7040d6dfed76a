import type { FeatureStatistics } from '#contract'
import { pictureOf } from './picture.ts'
import type { ReportRow, ReportSide } from './rows.ts'
import { escaped, numberText, shareText, short, valueText } from './text.ts'

/** Where Facets marks a feature: no value at all, more than 2 % missing, more than 10 % zeros. */
const MOST_MISSING = 0.02
const MOST_ZEROS = 0.1
/** Sides whose figures are listed, of many slices the first. */
const MOST_SIDES = 40
const MOST_VALUES = 20

const missingOf = ({ count, missing }: FeatureStatistics) =>
  count + missing ? missing / (count + missing) : 0
const zerosOf = ({ count, numeric }: FeatureStatistics) => (count && numeric ? numeric.zeros / count : 0)
const isNumeric = (figures: FeatureStatistics) => figures.numeric !== null

/** Booleans and moments have zeros that mean nothing. */
const hasZeros = (type: string) => type === 'integer' || type === 'float'

export const hasMark = (figures: FeatureStatistics): boolean =>
  figures.count === 0 || missingOf(figures) > MOST_MISSING || zerosOf(figures) > MOST_ZEROS

const cell = (text: string, isMarked = false) =>
  `<td class="figure${isMarked ? ' bad' : ''}">${isMarked ? '<b>' : ''}${text}${isMarked ? '</b>' : ''}</td>`
const NONE = '<td class="none">–</td>'

function figureCells(figures: FeatureStatistics, type: ReportRow['feature']['type']): string {
  const { count, numeric, unique, top } = figures
  const value = (number: number) => escaped(valueText(number, type))
  const most = top[0]
  const moment = type === 'date' || type === 'timestamp'
  return [
    cell(numberText(count), count === 0),
    cell(shareText(missingOf(figures)), missingOf(figures) > MOST_MISSING),
    numeric ? cell(value(numeric.mean)) : NONE,
    numeric
      ? cell(moment ? `${numberText(numeric.deviation / 86_400)} days` : numberText(numeric.deviation))
      : NONE,
    numeric && hasZeros(type) ? cell(shareText(zerosOf(figures)), zerosOf(figures) > MOST_ZEROS) : NONE,
    numeric ? cell(value(numeric.min)) : NONE,
    numeric ? cell(value(numeric.median)) : NONE,
    numeric ? cell(value(numeric.max)) : NONE,
    unique || !isNumeric(figures) ? cell(numberText(unique)) : NONE,
    most
      ? `<td class="top" title="${escaped(short(most.value, 300))}">${escaped(short(most.value, 32))} <span>${shareText(most.count / count)}</span></td>`
      : NONE,
  ].join('')
}

/** The sides that are drawn: the splits where there are some, else all rows; and what is laid beside. */
const drawn = (sides: ReportSide[]): ReportSide[] => {
  const splits = sides.filter(({ role }) => role === 'train' || role === 'eval' || role === 'test')
  const first = splits.length ? splits : sides.slice(0, 1)
  return [...first, ...sides.filter(({ role }) => role === 'other')]
}

function detail({ feature, sides }: ReportRow): string {
  const listed = sides.slice(0, MOST_SIDES)
  const more = sides.length - listed.length
  const rows = listed.map(
    ({ label, figures }) =>
      `<tr><th scope="row">${escaped(short(label))}</th>${figureCells(figures, feature.type)}</tr>`,
  )
  const values = feature.all.top.slice(0, MOST_VALUES).map(({ value }) => {
    const counts = listed.map(({ figures }) => figures.top.find(other => other.value === value)?.count)
    return `<tr><th scope="row" title="${escaped(short(value, 300))}">${escaped(short(value))}</th>${counts.map(count => (count === undefined ? NONE : cell(numberText(count)))).join('')}</tr>`
  })
  const heads = listed.map(({ label }) => `<th scope="col">${escaped(short(label, 24))}</th>`).join('')
  const names = [
    'Count',
    'Missing',
    'Mean',
    'Std dev',
    'Zeros',
    'Min',
    'Median',
    'Max',
    'Unique',
    'Most frequent',
  ]
  return `<tr class="more"><td colspan="14"><details><summary>Figures of each side and most frequent values</summary><table><thead><tr><th scope="col">Rows of</th>${names.map(name => `<th scope="col">${name}</th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>${more > 0 ? `<p class="left">${numberText(more)} more are left out.</p>` : ''}${
    values.length
      ? `<table><thead><tr><th scope="col">Value</th>${heads}</tr></thead><tbody>${values.join('')}</tbody></table>`
      : ''
  }</details></td></tr>`
}

/** A feature of a report: a row of figures, and all of them below it where they are wanted. */
export function featureRow(row: ReportRow, at: number, whole: boolean): string {
  const { feature, sides, drift, nonUniformity } = row
  const { name, type, all } = feature
  const { numeric } = all
  const data: [string, number | string | null | undefined][] = [
    ['order', at],
    ['count', all.count],
    ['missing', missingOf(all)],
    ['mean', numeric?.mean],
    ['deviation', numeric?.deviation],
    ['zeros', numeric && hasZeros(type) ? zerosOf(all) : null],
    ['min', numeric?.min],
    ['median', numeric?.median],
    ['max', numeric?.max],
    ['unique', all.unique],
    ['top', all.count && all.top[0] ? all.top[0].count / all.count : null],
    ['uneven', nonUniformity],
    ['drift', drift],
  ]
  const marked = sides.some(({ figures }) => hasMark(figures)) ? ' data-marked' : ''
  return `<tbody data-name="${escaped(name.toLowerCase())}"${marked}${data
    .map(([key, value]) => (value === null || value === undefined ? '' : ` data-${key}="${value}"`))
    .join(
      '',
    )}><tr><th scope="row"><span title="${escaped(name)}">${escaped(short(name, 40))}</span><small>${type}</small></th><td class="picture">${pictureOf(drawn(sides), type, name)}</td>${figureCells(all, type)}${nonUniformity === null ? NONE : cell(nonUniformity.toFixed(3))}${drift === null ? NONE : cell(drift.toFixed(4))}</tr>${whole ? detail(row) : ''}</tbody>`
}
