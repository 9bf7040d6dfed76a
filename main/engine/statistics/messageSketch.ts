import {
  type DatasetFeatureStatisticsList,
  type Histogram,
  Histogram_HistogramType,
} from '../metadata/index.ts'
import { nameOf, wholeIn } from './messageView.ts'
import type { NumberSketch, Sketch, TextSketch } from './sketch.ts'

/** Buckets of as many values each say more of where the values lie than buckets of equal width. */
function numbersOf(histograms: readonly Histogram[]): NumberSketch {
  const histogram = histograms.find(({ type }) => type === Histogram_HistogramType.QUANTILES) ?? histograms[0]
  const buckets = (histogram?.buckets ?? []).filter(
    ({ lowValue, highValue }) => Number.isFinite(lowValue) && Number.isFinite(highValue),
  )
  const sketch: NumberSketch = { whole: false, xs: [], counts: [[]] }
  const [counts] = sketch.counts as [number[]]
  for (const { lowValue, highValue, sampleCount } of buckets) {
    const last = sketch.xs.at(-1)
    if (last === undefined || lowValue > last) {
      sketch.xs.push(lowValue)
      counts.push(0)
    }
    if (highValue > (sketch.xs.at(-1) as number)) {
      sketch.xs.push(highValue)
      counts.push(sampleCount)
    } else (counts[counts.length - 1] as number) += sampleCount
  }
  return sketch
}

/** What a list of statistics says of the values of each feature in all rows. */
export function sketchOf(list: DatasetFeatureStatisticsList): Map<string, Sketch> {
  return new Map(
    (wholeIn(list)?.features ?? []).map((feature): [string, Sketch] => {
      const { stats } = feature
      if (stats.case === 'numStats') return [nameOf(feature), numbersOf(stats.value.histograms)]
      const sketch: TextSketch = { values: [], counts: [[]] }
      if (stats.case === 'stringStats') {
        const ranks = stats.value.rankHistogram?.buckets.map(({ label, sampleCount }) => ({
          value: label,
          frequency: sampleCount,
        }))
        for (const { value, frequency } of ranks?.length ? ranks : stats.value.topValues) {
          sketch.values.push(value)
          sketch.counts[0]?.push(frequency)
        }
      }
      return [nameOf(feature), sketch]
    }),
  )
}
