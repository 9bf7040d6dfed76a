import type { ColumnType, Feature, FeatureOrder, FeatureStatistics } from '#contract'
import { alike, besides } from './common.ts'
import { driftOf } from './drift.ts'
import type { Shown } from './kept.ts'
import type { Entry, Shelf } from './shelf.ts'

/** Which features are wanted, and in which order. */
export interface PageWant {
  search?: string
  types?: ColumnType[]
  order: FeatureOrder
  descending: boolean
  offset: number
  limit: number
}

/** A feature as a page has it. */
export interface Listed extends Feature {
  nonUniformity: number | null
  drift: number | null
  with: FeatureStatistics | null
}

export interface FeaturePage {
  features: Listed[]
  total: number
}

/** Features that are read at once to be measured. */
const AT_ONCE = 500

/** The place of the feature that has the same name and can be laid beside, for each feature. */
function pairs(one: Shelf, two: Shelf): (number | null)[] {
  const places = new Map(two.entries.map(({ name }, at) => [name, at]))
  return one.entries.map(({ name, type }) => {
    const at = places.get(name)
    const other = at === undefined ? undefined : two.entries[at]
    return other && alike(type, other.type) ? (at as number) : null
  })
}

/** Drift of each feature between two kept statistics, from what is kept of their values. */
export function driftBetween(one: Shelf, two: Shelf): (number | null)[] {
  const beside = pairs(one, two)
  const found = beside.map((): number | null => null)
  const places = beside.flatMap((at, mine) => (at === null ? [] : [{ mine, at }]))
  for (let from = 0; from < places.length; from += AT_ONCE) {
    const some = places.slice(from, from + AT_ONCE)
    const [here, there] = [one.read(some.map(({ mine }) => mine)), two.read(some.map(({ at }) => at))]
    for (const [nth, { mine }] of some.entries()) {
      const [a, b] = [here[nth], there[nth]]
      if (a && b)
        found[mine] = driftOf(
          { sketch: a.sketch, part: 0, count: a.feature.all.count },
          { sketch: b.sketch, part: 0, count: b.feature.all.count },
        )
    }
  }
  return found
}

const compareNames = new Intl.Collator('en', { numeric: true }).compare

/** The figure that an order goes by; null: the feature has none and comes last either way. */
function figureOf(order: FeatureOrder, entry: Entry, drift: number | null): number | null {
  switch (order) {
    case 'missing':
      return entry.missing
    case 'zeros':
      return entry.zeros
    case 'unique':
      return entry.unique
    case 'non-uniformity':
      return entry.nonUniformity
    case 'drift':
      return drift
    default:
      return null
  }
}

/** Places of the features that match, in the wanted order; what is equal stays in the order of the data. */
export function placesOf(
  entries: readonly Entry[],
  drifts: readonly (number | null)[],
  { search, types, order, descending }: Pick<PageWant, 'search' | 'types' | 'order' | 'descending'>,
): number[] {
  const words = search?.trim().toLowerCase() ?? ''
  const places = entries.flatMap(({ name, type }, at) =>
    (!words || name.toLowerCase().includes(words)) && (!types?.length || types.includes(type)) ? [at] : [],
  )
  const sign = descending ? -1 : 1
  if (order === 'data') return descending ? places.reverse() : places
  if (order === 'name')
    return places.sort((a, b) => sign * compareNames(entries[a]?.name ?? '', entries[b]?.name ?? ''))
  const figures = new Map(places.map(at => [at, figureOf(order, entries[at] as Entry, drifts[at] ?? null)]))
  return places.sort((a, b) => {
    const [one, two] = [figures.get(a) ?? null, figures.get(b) ?? null]
    if (one === null || two === null) return Number(one === null) - Number(two === null) || a - b
    return sign * (one - two) || a - b
  })
}

/**
 * A page of features. With a second data each comes with the same feature of it, in the same bins.
 * @param drifts between the data and the second one, as `driftBetween` gives it
 */
export function pageOf(
  { shelf }: Shown,
  want: PageWant,
  beside?: { shown: Shown; drifts: (number | null)[] },
): FeaturePage {
  const drifts = beside?.drifts ?? shelf.entries.map(({ drift }) => drift)
  const places = placesOf(shelf.entries, drifts, want)
  const page = places.slice(want.offset, want.offset + want.limit)
  const mine = shelf.read(page)
  const other = beside ? pairs(shelf, beside.shown.shelf) : null
  const theirPlaces = page.flatMap(at => other?.[at] ?? [])
  const theirs = new Map(
    beside?.shown.shelf.read(theirPlaces).map((each, nth) => [theirPlaces[nth] as number, each]) ?? [],
  )
  return {
    total: places.length,
    features: page.map((at, nth): Listed => {
      const one = mine[nth] as (typeof mine)[number]
      const two = other?.[at] == null ? undefined : theirs.get(other[at] as number)
      const laid = two ? besides(one, two) : { feature: one.feature, with: null }
      return {
        ...laid.feature,
        nonUniformity: shelf.entries[at]?.nonUniformity ?? null,
        drift: drifts[at] ?? null,
        with: laid.with,
      }
    }),
  }
}
