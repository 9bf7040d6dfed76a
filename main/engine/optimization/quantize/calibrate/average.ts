import type { Range } from '../range.ts'
import { type Calibrator, extentOf } from './calibrator.ts'

/** Share of what was known before, at each sample: as LiteRT's quantizer takes it. */
const KEPT = 0.95

/** Ends that follow those of the samples slowly, so that a single odd one does not stretch the range. */
export function average(): Calibrator {
  let held: Range | undefined
  return {
    add(values) {
      const one = extentOf(values)
      if (!one) return
      held = held
        ? { min: KEPT * held.min + (1 - KEPT) * one.min, max: KEPT * held.max + (1 - KEPT) * one.max }
        : one
    },
    range: () => held,
  }
}
