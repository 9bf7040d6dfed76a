import type { ColumnType, Feature, FeaturePair, FeatureStatistics, Statistics } from '#contract'
import { counted, figure, firstOf, named } from './figures.ts'
import { type TableColumn, tableInWords } from './table.ts'

/** A feature, and what a page of features says of it beside its figures. */
type Shown = Feature & { drift?: number | null; with?: FeatureStatistics | null }

/** A value of a column: seconds since 1970 as the day, and where times count as the minute. */
function valueInWords(type: ColumnType, value: number): string {
  const moment = type === 'date' || type === 'timestamp' ? new Date(value * 1000) : null
  if (moment && !Number.isNaN(moment.getTime()))
    return moment
      .toISOString()
      .slice(0, type === 'date' ? 10 : 16)
      .replace('T', ' ')
  return Math.abs(value) >= 1e7 ? value.toExponential(3) : exact(value)
}

/** Six figures: who looks at the least and the greatest value wants to know it again. */
const exact = (value: number) =>
  value !== 0 && Math.abs(value) < 1e-3
    ? figure(value)
    : Number(value.toPrecision(6)).toLocaleString('en-US', { maximumFractionDigits: 6 })

/** How much the values lie apart; of moments in days. */
const deviationInWords = (type: ColumnType, value: number) =>
  type === 'date' || type === 'timestamp' ? `${figure(value / 86_400)} d` : valueInWords(type, value)

type Numeric = NonNullable<FeatureStatistics['numeric']>

const ofNumbers = (
  head: string,
  of: (numeric: Numeric, type: ColumnType) => string,
  spare = false,
): TableColumn<Shown> => ({
  head,
  spare,
  right: true,
  of: ({ type, all: { numeric } }) => numeric && of(numeric, type),
})

const whole = (count: number) => count.toLocaleString('en-US')

/** What is said of every feature. Different values are not counted in every form of statistics: 0 of some says so. */
const COMMON: TableColumn<Shown>[] = [
  { head: 'type', of: ({ type }) => type },
  { head: 'missing', right: true, of: ({ all }) => whole(all.missing) },
  {
    head: 'unique',
    right: true,
    of: ({ all }) => (all.unique === 0 && all.count > 0 ? null : whole(all.unique)),
  },
]

const DRIFT: TableColumn<{ drift?: number | null }> = {
  head: 'drift',
  right: true,
  of: ({ drift }) => (drift === null || drift === undefined ? null : figure(drift)),
}

const NUMBERS: TableColumn<Shown>[] = [
  { head: 'number', of: ({ name }) => name },
  ...COMMON,
  ofNumbers('mean', ({ mean }, type) => valueInWords(type, mean)),
  {
    head: 'weighted mean',
    right: true,
    of: ({ type, all: { weighted } }) => (weighted?.mean == null ? null : valueInWords(type, weighted.mean)),
  },
  ofNumbers('deviation', ({ deviation }, type) => deviationInWords(type, deviation), true),
  ofNumbers('min', ({ min }, type) => valueInWords(type, min)),
  ofNumbers('median', ({ median }, type) => valueInWords(type, median), true),
  ofNumbers('max', ({ max }, type) => valueInWords(type, max)),
  DRIFT,
]

const CATEGORIES: TableColumn<Shown>[] = [
  { head: 'category', of: ({ name }) => name },
  ...COMMON,
  {
    head: 'mean length',
    right: true,
    of: ({ all: { averageLength } }) => averageLength && figure(averageLength),
  },
  DRIFT,
  {
    head: 'most frequent',
    wraps: true,
    of: ({ all }) => topInWords(all, 3),
  },
]

const short = (value: string) => (value.length > 20 ? `${value.slice(0, 19)}…` : value)

/** So many characters of most frequent values stay in one line. */
const TOP = 44

/** The most frequent values with their shares, as many as a line holds. */
function topInWords({ top, count }: FeatureStatistics, most: number): string {
  const words = top
    .slice(0, most)
    .map(({ value, count: times }) => `${short(value)} ${figure((100 * times) / count)}%`)
  while (words.length > 1 && words.join(', ').length > TOP) words.pop()
  return words.join(', ')
}

/** Features for a person: numbers with where they lie, then categories with what is most of them. */
export function featuresInWords(features: readonly Shown[]): string[] {
  const isNumber = ({ type, all }: Shown) => type !== 'boolean' && all.numeric !== null
  const tables = [
    tableInWords(NUMBERS, features.filter(isNumber)),
    tableInWords(
      CATEGORIES,
      features.filter(each => !isNumber(each)),
    ),
  ]
  return tables.flatMap(lines => (lines.length > 0 ? ['', ...lines] : []))
}

/** Pairs of features that are shown; all of a wide table would be thousands. */
const PAIRS = 20

function correlationsInWords({ correlations = [] }: Pick<Statistics, 'correlations'>): string[] {
  if (correlations.length === 0) return []
  const strongest = [...correlations].sort((a, b) => Math.abs(b.correlation) - Math.abs(a.correlation))
  const rest = strongest.length - PAIRS
  return [
    '',
    ...tableInWords(
      [
        { head: 'a', of: ({ a }) => a },
        { head: 'b', of: ({ b }) => b },
        { head: 'correlation', right: true, of: each => figure(each.correlation) },
        { head: 'covariance', right: true, of: each => figure(each.covariance) },
      ],
      strongest.slice(0, PAIRS),
    ),
    ...(rest > 0 ? [`and ${counted(rest, 'weaker pair')}: --json says all`] : []),
  ]
}

/** Rows of each part that has a name: `train 152, eval 27`. */
export const partsInWords = (parts: Record<string, number | undefined> | undefined): string =>
  firstOf(
    Object.entries(parts ?? {}).map(([name, rows = 0]) => `${name} ${whole(rows)}`),
    8,
  )

const headInWords = ({ of, rows, splits, slices, weight, out }: Omit<Statistics, 'features'>): string[] => [
  `${of.title}: ${counted(rows, 'row')}`,
  ...named([
    ['splits', partsInWords(splits)],
    ['slices', partsInWords(slices)],
    ['weight', weight ?? ''],
    ['file', out ?? ''],
  ]),
]

/** Statistics for a person. */
export const statisticsInWords = (statistics: Statistics): string =>
  [
    ...headInWords(statistics),
    ...featuresInWords(statistics.features),
    ...correlationsInWords(statistics),
  ].join('\n')

const NOTHING = 'No statistics of it were computed yet: statistics compute does.'

/** Statistics that may not be there. */
export const shownStatisticsInWords = ({ statistics }: { statistics: Statistics | null }): string =>
  statistics ? statisticsInWords(statistics) : NOTHING

/** A page of features. */
export const featurePageInWords = (page: {
  statistics: Omit<Statistics, 'features'> | null
  features: Shown[]
  total: number
}): string =>
  page.statistics
    ? [
        ...headInWords(page.statistics),
        ...featuresInWords(page.features),
        '',
        `${whole(page.features.length)} of ${counted(page.total, 'feature')}`,
      ].join('\n')
    : NOTHING

/** One figure of both sides; one that is missing is a dash. */
const both = ({ a, b }: FeaturePair, of: (side: FeatureStatistics) => string | null): string | null => {
  const [before, after] = [a && of(a), b && of(b)]
  return before || after ? `${before || '–'} → ${after || '–'}` : null
}

const PAIR: TableColumn<FeaturePair>[] = [
  { head: 'feature', of: ({ name }) => name },
  { head: 'type', of: ({ type }) => type },
  DRIFT,
  { head: 'missing', right: true, of: pair => both(pair, ({ missing }) => whole(missing)) },
  {
    head: 'mean, or most frequent',
    wraps: true,
    of: pair =>
      both(pair, side =>
        pair.type !== 'boolean' && side.numeric
          ? valueInWords(pair.type, side.numeric.mean)
          : topInWords(side, 1),
      ),
  },
]

/** Two sets of rows beside each other. */
export const comparisonInWords = (compared: {
  a: string
  b: string
  rows: { a: number; b: number }
  features: FeaturePair[]
}): string =>
  [
    `${compared.a}, ${counted(compared.rows.a, 'row')} → ${compared.b}, ${counted(compared.rows.b, 'row')}`,
    '',
    ...tableInWords(PAIR, compared.features),
  ].join('\n')
