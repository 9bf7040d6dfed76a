import type { ColumnType } from '#contract'
import { percent } from '../../ui/index.ts'
import type { Measured } from './measured.ts'

/** Where a figure turns red, as in Facets Overview. Shares of the rows, and of the values that are there. */
export const THRESHOLDS = { missing: 0.02, zeros: 0.1 }

/** What is wrong with a figure in words, by figure; a figure that is fine has no entry. */
export type Faults = Partial<Record<'count' | 'missing' | 'zeros' | 'mean', string>>

const MAY_BE_ZERO: ReadonlySet<ColumnType> = new Set(['boolean', 'date', 'timestamp'])

/** Figures of one set of rows that want a look. */
export function faultsOf(of: Measured, type: ColumnType): Faults {
  const faults: Faults = {}
  if (of.rows > 0 && of.count <= 0) faults.count = 'No value is there'
  if (of.missingShare > THRESHOLDS.missing)
    faults.missing = `More than ${percent(THRESHOLDS.missing, 0)} missing`
  if (of.zeroShare !== null && of.zeroShare > THRESHOLDS.zeros && !MAY_BE_ZERO.has(type))
    faults.zeros = `More than ${percent(THRESHOLDS.zeros, 0)} zeros`
  const figures = [of.mean, of.deviation, of.min, of.max].filter(n => n !== null)
  const isNumber = type === 'integer' || type === 'float'
  if (figures.some(n => !Number.isFinite(n)) || (isNumber && of.count > 0 && of.min === null))
    faults.mean = 'Not all values are finite numbers'
  return faults
}
