import type { Range } from '../range.ts'
import { average } from './average.ts'
import type { Calibrator } from './calibrator.ts'
import { minmax } from './minmax.ts'
import { mse } from './mse.ts'
import { percentile } from './percentile.ts'

/** The ways to choose the range of an activation, by the names of `--calibrate-by`. */
export const CALIBRATORS = { minmax, average, percentile, mse } as const satisfies Record<
  string,
  () => Calibrator
>
export type CalibrateBy = keyof typeof CALIBRATORS

/** Collects the ranges of many activations, sample by sample. */
export interface Calibration {
  /** Values of one sample, by tensor. */
  add(values: Iterable<[tensor: number, values: ArrayLike<number>]>): void
  /** Ranges by tensor; those that were never finite are absent. */
  ranges(): Map<number, Range>
}

export function calibration(by: CalibrateBy): Calibration {
  const calibrators = new Map<number, Calibrator>()
  return {
    add(values) {
      for (const [tensor, seen] of values) {
        let one = calibrators.get(tensor)
        if (!one) {
          one = CALIBRATORS[by]()
          calibrators.set(tensor, one)
        }
        one.add(seen)
      }
    },
    ranges() {
      const ranges = new Map<number, Range>()
      for (const [tensor, one] of calibrators) {
        const range = one.range()
        if (range) ranges.set(tensor, range)
      }
      return ranges
    },
  }
}
