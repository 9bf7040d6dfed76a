import type { FeaturePair } from '#contract'
import { alike, besides } from './common.ts'
import { driftOf } from './drift.ts'
import type { Shown } from './kept.ts'

/** Lays two statistics beside each other: the features of the first in their order, then those only the second has. */
export function pairsOf(one: Shown, two: Shown): FeaturePair[] {
  const all = ({ shelf }: Shown) => shelf.read(shelf.entries.map((_, at) => at))
  const [mine, theirs] = [all(one), all(two)]
  const byName = new Map(theirs.map(each => [each.feature.name, each]))
  const has = new Set(mine.map(({ feature }) => feature.name))
  return [
    ...mine.map((a): FeaturePair => {
      const { name, type } = a.feature
      const b = byName.get(name)
      if (!b || !alike(type, b.feature.type)) return { name, type, a: a.feature.all, b: null, drift: null }
      const laid = besides(a, b)
      const drift = driftOf(
        { sketch: a.sketch, part: 0, count: a.feature.all.count },
        { sketch: b.sketch, part: 0, count: b.feature.all.count },
      )
      return { name, type, a: laid.feature.all, b: laid.with, drift }
    }),
    ...theirs
      .filter(({ feature }) => !has.has(feature.name))
      .map(({ feature: { name, type, all: b } }): FeaturePair => ({ name, type, a: null, b, drift: null })),
  ]
}
