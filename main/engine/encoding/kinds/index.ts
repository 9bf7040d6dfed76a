import type { ColumnType } from '#contract'
import type { FeatureSpec } from '../spec.ts'
import { buckets } from './buckets.ts'
import { calendar, fitCalendar } from './calendar.ts'
import type { Fitter, Kind } from './kind.ts'
import { fitNumber, number } from './number.ts'
import { fitText } from './text.ts'
import { vocabulary } from './vocabulary.ts'

export type { Fitter, Kind } from './kind.ts'

const KINDS = { number, vocabulary, buckets, calendar }

/** The code of a feature's kind. */
export const kindOf = (spec: FeatureSpec): Kind<FeatureSpec> => KINDS[spec.kind] as Kind<FeatureSpec>

/** What reads a column of a type to fit a feature. */
export const FITTERS: Record<ColumnType, (name: string) => Fitter> = {
  integer: name => fitNumber(name, 'integer'),
  float: name => fitNumber(name, 'float'),
  boolean: name => fitText(name, 'boolean'),
  text: name => fitText(name, 'text'),
  date: name => fitCalendar(name, 'date'),
  timestamp: name => fitCalendar(name, 'timestamp'),
}
