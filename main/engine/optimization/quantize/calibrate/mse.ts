import { int8Of, type Range } from '../range.ts'
import type { Calibrator } from './calibrator.ts'
import { type Counts, counted } from './counts.ts'

const TRIES = 64

/**
 * The range that loses least: of ranges from the whole one down to an eighth of it, the one whose 8-bit steps have the
 * smallest mean square error over the values that were seen, those it cuts off counted in.
 */
export function mse(): Calibrator {
  let counts: Counts | undefined
  return {
    add(values) {
      counts = counted(counts, values)
    },
    range() {
      if (!counts) return undefined
      let [best, least]: [Range, number] = [counts.extent, Number.POSITIVE_INFINITY]
      for (let i = 0; i < TRIES; i++) {
        const share = 1 - (i * 0.875) / TRIES
        const range = { min: counts.extent.min * share, max: counts.extent.max * share }
        const error = errorOf(counts, range)
        if (error < least) [best, least] = [range, error]
      }
      return best
    },
  }
}

function errorOf({ bins, low, step }: Counts, range: Range): number {
  const { scale, zeroPoint } = int8Of(range)
  const [size = 1] = scale
  const [zero = 0] = zeroPoint
  let sum = 0
  bins.forEach((count, i) => {
    if (count === 0) return
    const value = low + (i + 0.5) * step
    const q = Math.min(127, Math.max(-128, Math.round(value / size) + zero))
    sum += count * ((q - zero) * size - value) ** 2
  })
  return sum
}
