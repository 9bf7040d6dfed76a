import type { ColumnType, FeatureOrder } from '#contract'
import { figure } from '../../ui/index.ts'
import { isMoment, type Measured, rowsWords, shareWords, valueWords } from './measured.ts'
import type { Faults } from './thresholds.ts'

/** A figure that each side of a feature has, as a column of the list and a line of the detail. */
export interface FigureColumn {
  key: string
  label: string
  help: string
  /** px */
  width: number
  /** Takes part of the room that is left. */
  grows?: boolean
  /** The header orders the list by it. */
  order?: FeatureOrder
  /** Null: the question does not apply. */
  words: (of: Measured, type: ColumnType) => string | null
  /** Which fault turns it red. */
  fault?: keyof Faults
  /** A press shows these rows. */
  opens?: 'missing' | 'zeros'
}

const orNull = (n: number | null, words: (n: number) => string): string | null =>
  n === null ? null : words(n)

export const COUNT: FigureColumn = {
  key: 'count',
  label: 'Count',
  help: 'Rows that have a value.',
  width: 62,
  words: of => rowsWords(of.count),
  fault: 'count',
}
export const MISSING: FigureColumn = {
  key: 'missing',
  label: 'Missing',
  help: 'Share of rows without a value.',
  width: 64,
  order: 'missing',
  words: of => shareWords(of.missingShare),
  fault: 'missing',
  opens: 'missing',
}
export const ZEROS: FigureColumn = {
  key: 'zeros',
  label: 'Zeros',
  help: 'Share of the values that are 0.',
  width: 58,
  order: 'zeros',
  words: of => orNull(of.zeroShare, shareWords),
  fault: 'zeros',
  opens: 'zeros',
}
export const UNIQUE: FigureColumn = {
  key: 'unique',
  label: 'Unique',
  help: 'Different values, counted exactly.',
  width: 62,
  order: 'unique',
  words: of => rowsWords(of.unique),
}
/** Of numbers and moments. */
export const NUMBERS: readonly FigureColumn[] = [
  {
    key: 'mean',
    label: 'Mean',
    help: 'Mean of the values.',
    width: 62,
    grows: true,
    words: (of, type) => orNull(of.mean, n => valueWords(type, n)),
    fault: 'mean',
  },
  {
    key: 'deviation',
    label: 'Std dev',
    help: 'Population standard deviation.',
    width: 60,
    grows: true,
    words: (of, type) => (isMoment(type) ? orNull(of.deviation, daysWords) : orNull(of.deviation, figure)),
    fault: 'mean',
  },
  {
    key: 'min',
    label: 'Min',
    help: 'The least value.',
    width: 58,
    grows: true,
    words: (of, type) => orNull(of.min, n => valueWords(type, n)),
    fault: 'mean',
  },
  {
    key: 'median',
    label: 'Median',
    help: 'Half of the values lie below it.',
    width: 60,
    grows: true,
    words: (of, type) => orNull(of.median, n => valueWords(type, n)),
  },
  {
    key: 'max',
    label: 'Max',
    help: 'The greatest value.',
    width: 60,
    grows: true,
    words: (of, type) => orNull(of.max, n => valueWords(type, n)),
    fault: 'mean',
  },
]
export const LENGTH: FigureColumn = {
  key: 'length',
  label: 'Avg length',
  help: 'Mean length in characters.',
  width: 76,
  words: of => orNull(of.averageLength, figure),
}

/** A span of seconds where only its size matters. */
const daysWords = (seconds: number): string =>
  seconds >= 86_400 ? `${figure(seconds / 86_400)} d` : `${figure(seconds / 3600)} h`

/** Every figure of a side, for the detail and for CSV. */
export const FIGURES: readonly FigureColumn[] = [COUNT, MISSING, ZEROS, UNIQUE, ...NUMBERS, LENGTH]

export type Kind = 'all' | 'numeric' | 'categorical'

/** Widths of the columns in front, in px. The name and the chart stay in view when the list is moved sideways. */
export const FRONT = { name: 156, chart: 130, side: 66 }
const SCORE = 66

/** The columns of the list for a kind of features. */
export function columnsOf(kind: Kind): {
  lead: readonly FigureColumn[]
  numbers: readonly FigureColumn[]
  /** The list of top values has a column of its own. */
  hasTop: boolean
  tail: readonly FigureColumn[]
  /** For `grid-template-columns`. */
  tracks: string
  /** px */
  least: number
} {
  const lead = kind === 'categorical' ? [COUNT, MISSING, UNIQUE] : [COUNT, MISSING, ZEROS, UNIQUE]
  const numbers = kind === 'categorical' ? [] : NUMBERS
  const hasTop = kind === 'categorical'
  const tail = hasTop ? [LENGTH] : []
  const widths = [
    ...Object.values(FRONT).map(width => ({ width, grows: false })),
    ...lead,
    ...numbers,
    ...(hasTop ? [{ width: 260, grows: true }] : []),
    ...tail,
    { width: SCORE, grows: false },
    { width: SCORE, grows: false },
  ]
  return {
    lead,
    numbers,
    hasTop,
    tail,
    tracks: widths.map(({ width, grows }) => (grows ? `minmax(${width}px,1fr)` : `${width}px`)).join(' '),
    least: widths.reduce((sum, { width }) => sum + width, 0),
  }
}

/** px, one line of figures */
const LINE = 16
/** px: as high as the lines of its sides need, and never lower than a row of any table. */
export const rowHeightOf = (sides: number): number => Math.max(30, sides * LINE + 8)
