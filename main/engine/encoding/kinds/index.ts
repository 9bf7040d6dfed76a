import type { ColumnType } from '#contract'
import type { FeatureSpec, WindowFeature } from '../spec.ts'
import { buckets } from './buckets.ts'
import { calendar, fitCalendar } from './calendar.ts'
import { cross } from './cross.ts'
import { image } from './image.ts'
import type { Fitter, Kind } from './kind.ts'
import { fitNumber, number } from './number.ts'
import { parts } from './parts.ts'
import { ranges } from './ranges.ts'
import { scaled } from './scaled.ts'
import { fitText } from './text.ts'
import { tokens } from './tokens.ts'
import { vocabulary } from './vocabulary.ts'
import { windowWidth } from './window.ts'

export { IMAGE_SCALES, imageOf, imageSize, needsColor } from './image.ts'
export { EXPECTS, type Fitter, type Kind, wrongType } from './kind.ts'

/** What is made of the cells of one row alone. A window is not: it needs a memory. */
type OfOneRow = Exclude<FeatureSpec, WindowFeature>

const KINDS = { number, vocabulary, buckets, calendar, scaled, ranges, parts, cross, tokens, image }

/** The code of a feature's kind. */
export const kindOf = (spec: OfOneRow): Kind<OfOneRow> => KINDS[spec.kind] as unknown as Kind<OfOneRow>

/** Columns that a feature takes in an encoded row. */
export const widthOf = (spec: FeatureSpec): number =>
  (spec.kind === 'window' ? windowWidth(spec) : kindOf(spec).width(spec)) + Number(spec.indicator ?? false)

/** What reads a column of a type to fit the feature that is suggested for it. */
export const FITTERS: Record<ColumnType, (name: string) => Fitter> = {
  integer: name => fitNumber(name, 'integer'),
  float: name => fitNumber(name, 'float'),
  boolean: name => fitText(name, 'boolean'),
  text: name => fitText(name, 'text'),
  date: name => fitCalendar(name, 'date'),
  timestamp: name => fitCalendar(name, 'timestamp'),
}
