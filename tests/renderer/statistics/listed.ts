import type { Engine, Feature, FeatureStatistics, Statistics } from '#contract'
import type { ListedFeature } from '../../../renderer/rooms/statistics/sides.ts'
import { statistics } from '../engine/samples.ts'

type Answer = Awaited<ReturnType<Engine['statistics']['features']>>

/** Figures of a number whose values are spread evenly over bins. */
export const numbers = (counts: number[], over: Partial<FeatureStatistics> = {}): FeatureStatistics => {
  const count = counts.reduce((sum, n) => sum + n, 0)
  return {
    count,
    missing: 0,
    unique: count,
    numeric: {
      mean: 5,
      deviation: 2,
      min: 0,
      median: 5,
      max: counts.length * 10,
      zeros: 0,
      histogram: { edges: Array.from({ length: counts.length + 1 }, (_, at) => at * 10), counts },
    },
    top: [],
    averageLength: null,
    ...over,
  }
}

export const texts = (
  values: Record<string, number>,
  over: Partial<FeatureStatistics> = {},
): FeatureStatistics => ({
  count: Object.values(values).reduce((sum, n) => sum + n, 0),
  missing: 0,
  unique: Object.keys(values).length,
  numeric: null,
  top: Object.entries(values).map(([value, count]) => ({ value, count })),
  averageLength: 7,
  ...over,
})

export const listed = (
  feature: Partial<Feature> & { name: string },
  over: Partial<ListedFeature> = {},
): ListedFeature => ({
  type: 'float',
  all: numbers([1, 2, 3]),
  splits: {},
  nonUniformity: null,
  drift: null,
  with: null,
  ...feature,
  ...over,
})

/** An engine's `statistics.features` over statistics that are at hand: it searches, filters, orders and pages. */
export function featuresOf(
  found: (input: Parameters<Engine['statistics']['features']>[0]) => Statistics | null = () => statistics(),
  more: (feature: Feature) => Partial<ListedFeature> = () => ({}),
  told: unknown[] = [],
) {
  return async (input: Parameters<Engine['statistics']['features']>[0]): Promise<Answer> => {
    told.push(input)
    const all = found(input)
    if (!all) return { statistics: null, features: [], total: 0 }
    const { features, ...head } = all
    const matching = features
      .filter(({ name }) => name.toLowerCase().includes((input.search ?? '').toLowerCase()))
      .filter(({ type }) => !input.types || input.types.includes(type))
      .map(feature => listed(feature, more(feature)))
    const by = {
      name: (f: ListedFeature) => f.name,
      missing: (f: ListedFeature) => f.all.missing,
      drift: (f: ListedFeature) => f.drift ?? 0,
    }[input.order as 'name' | 'missing' | 'drift']
    if (by)
      matching.sort((a, b) => (by(a) < by(b) ? -1 : by(a) > by(b) ? 1 : 0) * (input.descending ? -1 : 1))
    const offset = input.offset ?? 0
    return {
      statistics: head,
      features: matching.slice(offset, offset + (input.limit ?? 100)),
      total: matching.length,
    }
  }
}
