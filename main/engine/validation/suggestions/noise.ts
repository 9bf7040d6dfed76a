import {
  create,
  type Histogram,
  HistogramSchema,
  HistogramSelection_Type,
  HistogramSelectionSchema,
} from '../../metadata/index.ts'
import { type Distribution, type MeasuredDrift, measureDrift } from '../tfdv/index.ts'
import { atomsOf } from './atoms.ts'
import { countsOf, type Figures, tenthsOf } from './figures.ts'
import { binomial, normalBeyond, randomOf } from './random.ts'
import { tenths } from './tenths.ts'

/** What chance alone brings between two parts of the same data. */
export interface Noise {
  /** The divergence to be expected. */
  expected: number
  /** What is exceeded with the asked chance only. */
  limit: number
}

const DRAWS = 60
const FEWEST_DRAWS = 10
/** Values that are drawn for one text, at most. */
const MOST_DRAWN = 400_000
/** Beyond the greatest that was drawn by no more than this. */
const BEYOND = 1.3
/** A text with more different values is not resampled. */
const MOST_VALUES = 20_000
/** Values that statistics list of a text. */
const LISTED = 1000

/**
 * The Jensen-Shannon divergence of two random parts of the same data, by drawing such parts without putting back: a value
 * that is there once comes to one part only, as a new value comes to new data only.
 * @param sizes rows that are compared; the second part is as large as the smaller of them, at most half of the data
 * @param chance with which the limit is exceeded
 * @param draws pairs of parts that are drawn, at most
 * @returns null where the feature cannot be resampled
 */
export function noise(
  figures: Figures,
  sizes: readonly [number, number],
  chance = 0.001,
  draws = DRAWS,
): Noise | null {
  const { present, numbers, texts } = figures
  if (present < 2) return null
  const part = Math.min(0.5, Math.min(...sizes) / present)
  const random = randomOf(`${figures.name} ${present} ${Math.round(part * present)}`)
  const draw = numbers
    ? () => splitNumbers(figures, part, random)
    : texts && Number(texts.unique) <= MOST_VALUES
      ? splitTexts(figures, part, random)
      : null
  if (!draw) return null
  const values: number[] = []
  const many = Math.max(FEWEST_DRAWS, Math.min(draws, MOST_DRAWN / Number(texts?.unique ?? 1)))
  for (let nth = 0; nth < many; nth++) {
    const [a, b] = draw()
    values.push(divergence(a, b)?.value ?? 0)
  }
  return limitOf(values, chance)
}

/**
 * Divergences of parts of the same data are spread about as a scaled chi-square; its upper end by the mean and the
 * variance that were drawn (Wilson and Hilferty 1931), near the greatest that was drawn.
 */
function limitOf(values: readonly number[], chance: number): Noise {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)
  const most = Math.max(...values)
  if (!(variance > 0)) return { expected: mean, limit: most }
  const degrees = mean ** 2 / variance
  const cube = 1 - 1 / (9 * degrees) + normalBeyond(chance) / (3 * Math.sqrt(degrees))
  return { expected: mean, limit: Math.min(BEYOND * most, Math.max(most, mean * Math.max(0, cube) ** 3)) }
}

/** The divergence by values of texts, or by tenths of numbers. NaN counts as missing here, on both sides. */
export const divergence = (a: Distribution, b: Distribution): MeasuredDrift | null =>
  measureDrift(withoutNaN(a), withoutNaN(b), 'jensenShannon', { source: 'QUANTILES' })

/**
 * The same with the first and the last tenth of numbers cut to where both sides have them: one value far out stretches a
 * tenth, which is no drift.
 */
export function inner(a: Distribution, b: Distribution): number {
  const [left, right] = [a.histogram(QUANTILES), b.histogram(QUANTILES)]
  if (!left || !right) return divergence(a, b)?.value ?? 0
  const low = Math.max(leastOf(left), leastOf(right))
  const high = Math.min(greatestOf(left), greatestOf(right))
  return divergence(numbersOf(cut(left, low, high)), numbersOf(cut(right, low, high)))?.value ?? 0
}

const QUANTILES = create(HistogramSelectionSchema, { type: HistogramSelection_Type.QUANTILES })
const leastOf = ({ buckets }: Histogram): number => buckets[0]?.lowValue ?? 0
const greatestOf = ({ buckets }: Histogram): number => buckets.at(-1)?.highValue ?? 0

function cut(histogram: Histogram, low: number, high: number): Histogram {
  const { buckets } = histogram
  return create(HistogramSchema, {
    type: histogram.type,
    buckets: buckets.map(({ lowValue, highValue, sampleCount }, at) => ({
      lowValue: at === 0 && low < highValue ? Math.max(low, lowValue) : lowValue,
      highValue: at === buckets.length - 1 && high > lowValue ? Math.min(high, highValue) : highValue,
      sampleCount,
    })),
  })
}

const withoutNaN = (distribution: Distribution): Distribution => ({
  values: distribution.values,
  histogram(source) {
    const there = distribution.histogram(source)
    return there?.numNan ? create(HistogramSchema, { ...there, numNan: 0n }) : there
  },
})

const NONE: Distribution['values'] = new Map()
const numbersOf = (histogram: Histogram): Distribution => ({ values: NONE, histogram: () => histogram })

function splitNumbers(
  { numbers }: Figures,
  part: number,
  random: () => number,
): [Distribution, Distribution] {
  if (!numbers || !tenthsOf(numbers)) return [numbersOf(NOTHING), numbersOf(NOTHING)]
  const { xs, counts } = atomsOf(numbers, isWhole(numbers), random)
  const taken = counts.map(count => binomial(count, part, random))
  const left = counts.map((count, at) => count - (taken[at] as number))
  return [numbersOf(tenths({ xs, counts: left })), numbersOf(tenths({ xs, counts: taken }))]
}

const NOTHING = create(HistogramSchema)
const isWhole = (numbers: NonNullable<Figures['numbers']>): boolean =>
  [numbers.min, numbers.max, ...(tenthsOf(numbers)?.buckets.map(({ highValue }) => highValue) ?? [])].every(
    Number.isInteger,
  )

function splitTexts({ texts, present }: Figures, part: number, random: () => number) {
  if (!texts) return null
  const { counts, unlisted } = countsOf(texts)
  const rest = Math.max(unlisted, present - counts.reduce((sum, count) => sum + count, 0))
  // Values that are not listed are as frequent as each other, as far as anyone knows.
  for (let at = 0; at < unlisted; at++) counts.push(Math.max(1, Math.round(rest / unlisted)))
  const ranked = (values: [string, number][]): Distribution => ({
    values: new Map(values.length <= LISTED ? values : values.sort(([, a], [, b]) => b - a).slice(0, LISTED)),
    histogram: () => undefined,
  })
  return (): [Distribution, Distribution] => {
    const taken: [string, number][] = []
    const left: [string, number][] = []
    for (const [at, count] of counts.entries()) {
      const mine = binomial(Math.round(count), part, random)
      if (mine > 0) taken.push([String(at), mine])
      if (count > mine) left.push([String(at), count - mine])
    }
    return [ranked(left), ranked(taken)]
  }
}
