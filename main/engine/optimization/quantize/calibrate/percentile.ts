import type { Calibrator } from './calibrator.ts'
import { type Counts, counted } from './counts.ts'

/** Share of the values that the range holds, as ONNX Runtime's percentile calibration takes by default. */
const HELD = 0.99999

/** Leaves out the few values at either end that would stretch the range for all others. */
export function percentile(held = HELD): Calibrator {
  let counts: Counts | undefined
  return {
    add(values) {
      counts = counted(counts, values)
    },
    range() {
      if (!counts) return undefined
      const { bins, low, step, extent } = counts
      const total = bins.reduce((sum, count) => sum + count, 0)
      const cut = (total * (1 - held)) / 2
      let [first, last] = [0, bins.length - 1]
      for (let left = cut; first < last && left >= (bins[first] as number); first++)
        left -= bins[first] as number
      for (let left = cut; last > first && left >= (bins[last] as number); last--)
        left -= bins[last] as number
      return {
        min: Math.max(extent.min, low + first * step),
        max: Math.min(extent.max, low + (last + 1) * step),
      }
    },
  }
}
