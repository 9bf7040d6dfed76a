import type { ColumnType, FeatureStatistics } from '#contract'
import type { ReportSide } from './rows.ts'
import { escaped, short, valueText } from './text.ts'

const WIDTH = 176
const HEIGHT = 40
/** Bins of a small histogram, and values of a small bar chart. */
const BINS = 32
const VALUES = 10
/** Heights grow slower than shares, so that small ones are seen. */
const POWER = 0.6

const shareOf = (counts: number[], total: number) => counts.map(count => (total ? count / total : 0))

/** Neighboring bins put together, so that there are few. */
function fewer(counts: number[]): number[] {
  const step = Math.ceil(counts.length / BINS)
  if (step === 1) return counts
  return Array.from({ length: Math.ceil(counts.length / step) }, (_, at) =>
    counts.slice(at * step, (at + 1) * step).reduce((sum, count) => sum + count, 0),
  )
}

/** The share of each bin, or of each of the most frequent values, by side. */
function sharesOf(sides: ReportSide[]): { shares: number[][]; values: string[] | null } {
  const histograms = sides.map(({ figures }) => figures.numeric?.histogram)
  if (histograms.some(Boolean))
    return {
      shares: histograms.map((histogram, at) =>
        shareOf(fewer(histogram?.counts ?? []), sides[at]?.figures.count ?? 0),
      ),
      values: null,
    }
  const values: string[] = []
  for (const { figures } of sides)
    for (const { value } of figures.top.slice(0, VALUES))
      if (!values.includes(value) && values.length < VALUES) values.push(value)
  return {
    values,
    shares: sides.map(({ figures }) => {
      const counts = new Map(figures.top.map(({ value, count }) => [value, count]))
      return shareOf(
        values.map(value => counts.get(value) ?? 0),
        figures.count,
      )
    }),
  }
}

const at = (value: number) => String(Number(value.toFixed(1)))

function bars(heights: number[], gap: number): string {
  const width = WIDTH / heights.length
  return heights
    .map((height, nth) =>
      height > 0
        ? `M${at(nth * width + gap)} ${HEIGHT}v-${at(Math.max(1, height))}h${at(Math.max(0.8, width - 2 * gap))}V${HEIGHT}z`
        : '',
    )
    .join('')
}

function steps(heights: number[]): string {
  const width = WIDTH / heights.length
  return heights.reduce(
    (path, height, nth) => `${path}${nth ? 'V' : 'M0 '}${at(HEIGHT - height)}H${at((nth + 1) * width)}`,
    '',
  )
}

const endsOf = ({ numeric }: FeatureStatistics, type: ColumnType): [string, string] | null =>
  numeric && [
    valueText(numeric.histogram.edges[0] as number, type),
    valueText(numeric.histogram.edges.at(-1) as number, type),
  ]

/** A small picture of a feature: the first side filled, the others as lines over it, all by their shares. */
export function pictureOf(sides: ReportSide[], type: ColumnType, name: string): string {
  const there = sides.filter(({ figures }) => figures.count > 0)
  if (!there.length) return '<span class="none">no values</span>'
  const { shares, values } = sharesOf(there)
  const most = Math.max(...shares.flat(), 1e-12)
  const drawn = shares.map((each, nth) => {
    const heights = each.map(share => (share / most) ** POWER * (HEIGHT - 2))
    const { role } = there[nth] as ReportSide
    return heights.length
      ? `<path class="${nth ? 'line' : 'bar'} ${role}" d="${nth ? steps(heights) : bars(heights, values ? 1.5 : 0.2)}"/>`
      : ''
  })
  const ends = endsOf((there[0] as ReportSide).figures, type)
  const words = values
    ? `Shares of ${values.map(value => short(value, 24)).join(', ')}`
    : `Histogram from ${ends?.[0]} to ${ends?.[1]}`
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(`${name}: ${words}`)}">${drawn.join('')}</svg>${
    ends
      ? `<div class="ends"><span>${escaped(ends[0])}</span><span>${escaped(ends[1])}</span></div>`
      : `<div class="ends"><span>${escaped(values?.length ? short(values[0] as string, 28) : '')}</span></div>`
  }`
}
