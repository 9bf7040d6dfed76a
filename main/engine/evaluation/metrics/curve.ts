import type { ThresholdPoint } from '#contract'
import { countAtLeast, type Ranked } from './ranked.ts'

export const MOST_POINTS = 201

/**
 * Counts at up to `limit` thresholds, falling. Where there are few different scores, all of them are thresholds and
 * the curve is exact. Else half are steps of equal width from 0 to 1, for the slider, and half are scores at equal
 * steps through the positive and through the negative rows, so that neither axis of a plot has a gap of more than
 * four steps. The counts are exact in both cases.
 */
export function curveOf(ranked: Ranked, limit = MOST_POINTS): ThresholdPoint[] {
  const { positives, negatives } = ranked
  const thresholds = new Set([...different(positives, limit), ...different(negatives, limit)])
  if (thresholds.size > limit) {
    thresholds.clear()
    const steps = Math.floor((limit - 1) / 2)
    for (let i = 0; i <= steps; i++) thresholds.add(i / steps)
    const each = Math.floor((limit - thresholds.size) / 2)
    for (const rising of [positives, negatives])
      for (let i = 1; i <= each; i++) {
        const score = rising[Math.floor((i * rising.length) / (each + 1))]
        if (score !== undefined) thresholds.add(score)
      }
  }
  return [...thresholds]
    .sort((a, b) => b - a)
    .map(threshold => {
      const tp = countAtLeast(positives, threshold)
      const fp = countAtLeast(negatives, threshold)
      return { threshold, tp, fp, tn: negatives.length - fp, fn: positives.length - tp }
    })
}

/** Different values, of which one more than `limit` is enough to know. */
function different(rising: Float64Array, limit: number): number[] {
  const found: number[] = []
  for (const value of rising) {
    if (found.at(-1) !== value) found.push(value)
    if (found.length > limit) break
  }
  return found
}
