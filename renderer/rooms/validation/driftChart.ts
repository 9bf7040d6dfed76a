import type { Drift } from '#contract'
import { type Chart, distribution, type Palette } from '../../charts/index.ts'
import type { sidesOf } from './driftWords.ts'

/* Lying bars that are told apart; what is below stands in the table. */
const BARS = 14

const isRange = ({ low, high }: Drift['bins'][number]): boolean => low !== null || high !== null

/** The bins as they are drawn: those of numbers from low to high, those of text with the largest share first. */
export function drawnBins(bins: Drift['bins']): Drift['bins'] {
  return bins.every(isRange)
    ? [...bins].sort((a, b) => (a.low ?? Number.NEGATIVE_INFINITY) - (b.low ?? Number.NEGATIVE_INFINITY))
    : [...bins].sort((a, b) => Math.max(b.before, b.now) - Math.max(a.before, a.now)).slice(0, BARS)
}

/** Both distributions over each other, in the bins that were compared: what was before as bars, what is now over it. */
export function driftChart(
  feature: string,
  drift: Drift,
  sides: ReturnType<typeof sidesOf>,
  palette: Palette,
): Chart | null {
  const bins = drawnBins(drift.bins)
  if (!bins.length) return null
  return distribution(
    {
      label: feature,
      names: bins.map(({ label }) => label || 'empty text'),
      sides: [
        { ...sides.before, values: bins.map(({ before }) => before) },
        { ...sides.now, values: bins.map(({ now }) => now) },
      ],
      as: 'share',
      bars: !drift.bins.every(isRange),
    },
    palette,
  )
}
