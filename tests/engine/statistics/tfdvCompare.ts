import {
  type DatasetFeatureStatisticsList,
  DatasetFeatureStatisticsListSchema,
  toJson,
} from '../../../main/engine/metadata/index.ts'

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

/** Fields that are sums of many roundings; all other numbers are a fixed formula of exact counts. */
const SUMMED = new Set(['mean', 'std_dev', 'covariance', 'correlation'])

interface Tolerances {
  /** Features whose histograms and medians the reference approximates; they are left out here. */
  approximate?: string[]
  /** Relative, of the summed fields. */
  summed?: number
  /** Relative, of the fixed formulas. */
  fixed?: number
}

const near = (a: number, b: number, tolerance: number) =>
  Object.is(a, b) || a === b || Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b))

const isNumber = (value: Json): boolean =>
  typeof value === 'number' || value === 'NaN' || value === 'Infinity' || value === '-Infinity'

function compare(
  ours: Json | undefined,
  theirs: Json | undefined,
  at: string,
  field: string,
  { summed = 1e-9, fixed = 1e-12 }: Tolerances,
  found: string[],
): void {
  if (found.length > 20) return
  const tell = () => found.push(`${at}: ${JSON.stringify(ours)} instead of ${JSON.stringify(theirs)}`)
  if (Array.isArray(theirs) && Array.isArray(ours)) {
    if (ours.length !== theirs.length) found.push(`${at}: ${ours.length} instead of ${theirs.length} items`)
    for (const [nth, item] of theirs.entries())
      compare(ours[nth], item, `${at}[${nth}]`, field, { summed, fixed }, found)
  } else if (theirs && ours && typeof theirs === 'object' && typeof ours === 'object') {
    const [a, b] = [ours as Record<string, Json>, theirs as Record<string, Json>]
    // What is unset is the default: a sum may be 0 here and nearly 0 there.
    for (const name of new Set([...Object.keys(a), ...Object.keys(b)]))
      if (SUMMED.has(name) && isNumber(a[name] ?? 0) && isNumber(b[name] ?? 0))
        compare(a[name] ?? 0, b[name] ?? 0, `${at}.${name}`, name, { summed, fixed }, found)
      else compare(a[name], b[name], `${at}.${name}`, name, { summed, fixed }, found)
  } else if (typeof theirs === 'number' && typeof ours === 'number') {
    const tolerance = SUMMED.has(field) ? summed : fixed
    if (!near(ours, theirs, tolerance) && !(SUMMED.has(field) && Math.abs(ours - theirs) < summed)) tell()
  } else if (ours !== theirs) tell()
}

/** Where a list of statistics differs from a reference in protobuf JSON; slices and pairs of features in any order. */
export function differences(
  list: DatasetFeatureStatisticsList,
  reference: unknown,
  tolerances: Tolerances = {},
): string[] {
  const found: string[] = []
  const settle = (json: Json): Record<string, Json> => {
    const datasets = ((json as { datasets?: Record<string, Json>[] }).datasets ?? []).map(dataset => ({
      ...dataset,
      features: ((dataset.features ?? []) as Record<string, Record<string, Json>>[]).map(feature => {
        if (!(tolerances.approximate ?? []).includes((feature.path as { step: string[] }).step[0] as string))
          return feature
        const { histograms: _, median: __, ...rest } = feature.num_stats as Record<string, Json>
        return { ...feature, num_stats: rest }
      }),
      cross_features: Object.fromEntries(
        ((dataset.cross_features ?? []) as Json[]).map(cross => {
          const { path_x, path_y } = cross as { path_x: { step: string[] }; path_y: { step: string[] } }
          return [`${path_x.step[0]} ${path_y.step[0]}`, cross]
        }),
      ),
    }))
    return Object.fromEntries(
      datasets.map(dataset => [
        String((dataset as Record<string, Json>).name ?? ''),
        dataset as unknown as Json,
      ]),
    )
  }
  const ours = settle(toJson(DatasetFeatureStatisticsListSchema, list) as Json)
  compare(ours, settle(reference as Json), '', '', tolerances, found)
  return found
}
