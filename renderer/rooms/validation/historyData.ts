import type { Comparator, HistoryPoint, Schema } from '#contract'
import type { TimelineData } from '../../charts/index.ts'
import { moment } from '../../ui/index.ts'

/* More lines in one picture cannot be told apart. */
export const MOST_CURVES = 6
const BY_ITSELF = 3

type Point = HistoryPoint

/** What each check is called: the number of its version where it is known, else when it was. */
export function momentsOf(points: readonly Point[], numberOf: (version: string) => number | null): string[] {
  const seen = new Map<string, number>()
  return points.map(point => {
    const number = numberOf(point.version)
    const name = number === null ? moment(point.at) : `v${number}`
    // the same version checked again
    const times = (seen.get(name) ?? 0) + 1
    seen.set(name, times)
    return times > 1 ? `${name} (${times})` : name
  })
}

/** All features that any check knows. */
export const featuresOf = (points: readonly Point[]): string[] => [
  ...new Set(points.flatMap(point => point.features.map(({ name }) => name))),
]

const spread = (values: (number | null | undefined)[]): number => {
  const known = values.filter((n): n is number => typeof n === 'number')
  return known.length ? Math.max(...known) - Math.min(...known) : 0
}

/** The features that moved most over the checks: those to look at first. Where nothing moved, those with anomalies. */
export function movedMost(points: readonly Point[]): string[] {
  const byName = new Map<string, { missing: number[]; drift: (number | null)[]; anomalies: number }>()
  for (const { features } of points)
    for (const { name, missing, drift, anomalies } of features) {
      const one = byName.get(name) ?? { missing: [], drift: [], anomalies: 0 }
      one.missing.push(missing)
      one.drift.push(drift)
      one.anomalies += anomalies
      byName.set(name, one)
    }
  const rank = [...byName].map(([name, { missing, drift, anomalies }]) => ({
    name,
    moved: Math.max(spread(missing), spread([0, ...drift])),
    anomalies,
  }))
  return rank
    .sort((a, b) => b.moved - a.moved || b.anomalies - a.anomalies)
    .slice(0, BY_ITSELF)
    .map(({ name }) => name)
}

/** The limit of a drift: the least that any measure allows. */
const least = (limits: readonly Comparator[] | undefined): number | null =>
  limits?.length ? Math.min(...limits.map(({ threshold }) => threshold)) : null

/** The four pictures of a history: missing share and drift of the chosen features, rows, and what was found. */
export function picturesOf(
  points: readonly Point[],
  moments: readonly string[],
  chosen: readonly string[],
  schema: Schema | null,
): { missing: TimelineData; drift: TimelineData; rows: TimelineData; found: TimelineData } {
  const features = points.map(point => new Map(point.features.map(one => [one.name, one])))
  const limits = new Map(schema?.features.map(one => [one.name, one]))
  const about = (at: number) => {
    const point = points[at]
    return point ? `${moments[at]}, ${point.title}, ${moment(point.at)}` : ''
  }
  const shared = { moments, about }
  return {
    missing: {
      ...shared,
      label: 'Missing',
      format: 'percent',
      lines: chosen.map(name => {
        const presence = limits.get(name)?.minPresence
        return {
          name,
          values: features.map(one => one.get(name)?.missing ?? null),
          limit: presence === undefined || presence === 0 ? null : 1 - presence,
        }
      }),
    },
    drift: {
      ...shared,
      label: 'Drift',
      format: 'number',
      lines: chosen.map(name => ({
        name,
        values: features.map(one => one.get(name)?.drift ?? null),
        limit: least(limits.get(name)?.drift),
      })),
    },
    rows: {
      ...shared,
      label: 'Rows',
      format: 'count',
      lines: [{ name: 'Rows', values: points.map(({ rows }) => rows), limit: schema?.rows.min ?? null }],
    },
    found: {
      ...shared,
      label: 'Errors and warnings',
      format: 'count',
      lines: [
        { name: 'Errors', tone: 'bad', values: points.map(({ errors }) => errors) },
        { name: 'Warnings', tone: 'warn', values: points.map(({ warnings }) => warnings) },
      ],
    },
  }
}
