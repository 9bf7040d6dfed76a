import type { DeviceMetrics, MetricPoint, MetricSeries } from '#contract'
import { CONFIDENCE_RANGES, LATENCY_ENDS, MetricsWindow } from '../../release/index.ts'
import type { Told } from './decided.ts'
import { isoOf } from './moments.ts'

/** Windows of figures of a device. */
export interface DeviceWindows extends Told {
  device: string
  name: string
}

/** Points of a series at most: neighbors are put together. */
const POINTS = 200

type Counts = Omit<MetricPoint, 'since' | 'until' | 'p50' | 'p95' | 'unsure'> & { from: number; to: number }

/**
 * A share of all values, read off a histogram: as if values were spread evenly in each range, and those of the open
 * last range at its beginning.
 */
export function quantileOf(
  histogram: readonly number[],
  ends: readonly number[],
  share: number,
): number | null {
  const total = histogram.reduce((sum, count) => sum + count, 0)
  if (total === 0) return null
  const wanted = share * total
  let before = 0
  for (const [i, count] of histogram.entries()) {
    if (before + count >= wanted && count > 0) {
      const low = ends[i - 1] ?? 0
      const high = ends[i] ?? low
      return low + ((wanted - before) / count) * (high - low)
    }
    before += count
  }
  return ends.at(-1) ?? null
}

const added = (a: readonly number[], b: readonly number[]): number[] =>
  Array.from({ length: Math.max(a.length, b.length) }, (_, i) => (a[i] ?? 0) + (b[i] ?? 0))

const together = (a: Counts, b: Counts): Counts => ({
  from: Math.min(a.from, b.from),
  to: Math.max(a.to, b.to),
  rows: a.rows + b.rows,
  requests: a.requests + b.requests,
  errors: a.errors + b.errors,
  latency: added(a.latency, b.latency),
  confidence: added(a.confidence, b.confidence),
})

const EMPTY: Counts = {
  ...{ from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY, rows: 0, requests: 0, errors: 0 },
  latency: new Array<number>(LATENCY_ENDS.length + 1).fill(0),
  confidence: new Array<number>(CONFIDENCE_RANGES).fill(0),
}

function pointOf({ from, to, ...counts }: Counts): MetricPoint {
  const { latency, confidence } = counts
  const answers = confidence.reduce((sum, count) => sum + count, 0)
  const low = confidence.slice(0, CONFIDENCE_RANGES / 2).reduce((sum, count) => sum + count, 0)
  return {
    since: isoOf(from) ?? isoOf(0) ?? '',
    until: isoOf(to) ?? isoOf(0) ?? '',
    ...counts,
    p50: quantileOf(latency, LATENCY_ENDS, 0.5),
    p95: quantileOf(latency, LATENCY_ENDS, 0.95),
    unsure: answers === 0 ? null : low / answers,
  }
}

/** Neighbors together, so that at most so many are left. */
function thinned(points: Counts[]): Counts[] {
  const by = Math.ceil(points.length / POINTS)
  if (by <= 1) return points
  return Array.from({ length: Math.ceil(points.length / by) }, (_, i) =>
    points.slice(i * by, (i + 1) * by).reduce(together),
  )
}

/** The windows of all devices as series by device and version, and by version over all devices. */
export function metricsOf(
  model: string,
  devices: readonly DeviceWindows[],
  span: { from: number; to: number },
): DeviceMetrics {
  const series: MetricSeries[] = []
  const versions = new Map<number, { devices: number; whole: Counts }>()
  const pairs = new Map<string, DeviceMetrics['pairs'][number]>()
  for (const { device, name, records, times } of devices) {
    const own = new Map<number, Counts[]>()
    const paired = new Set<string>()
    let from: number | null = null
    for (const [i, { record }] of records.entries()) {
      const at = times[i]?.at ?? null
      if (record.kind !== 'metrics') {
        if (record.kind === 'started') from = at
        continue
      }
      const read = MetricsWindow.safeParse(record.body)
      if (!read.success || read.data.model !== model || at === null) continue
      const since = from ?? at
      from = at
      if (at < span.from || since > span.to) continue
      for (const { version, rows, requests, errors, latency, confidence } of read.data.versions)
        own.set(version, [
          ...(own.get(version) ?? []),
          { from: since, to: at, rows, requests, errors, latency, confidence },
        ])
      const { pairs: both } = read.data
      if (!both) continue
      const { rollout, primary, candidate } = both
      const key = JSON.stringify([rollout, primary, candidate])
      const known = pairs.get(key) ?? {
        ...{ rollout, primary, candidate, devices: 0, rows: 0, disagreements: 0 },
        matrix: {} as Record<string, number>,
      }
      if (!paired.has(key)) known.devices++
      paired.add(key)
      known.rows += both.rows
      known.disagreements += both.disagreements
      for (const [way, count] of Object.entries(both.matrix))
        known.matrix[way] = (known.matrix[way] ?? 0) + count
      pairs.set(key, known)
    }
    for (const [version, counts] of [...own].sort(([a], [b]) => a - b)) {
      const whole = counts.reduce(together, EMPTY)
      series.push({ device, name, version, points: thinned(counts).map(pointOf), whole: pointOf(whole) })
      const of = versions.get(version) ?? { devices: 0, whole: EMPTY }
      versions.set(version, { devices: of.devices + 1, whole: together(of.whole, whole) })
    }
  }
  return {
    model,
    latencyEnds: [...LATENCY_ENDS],
    series,
    versions: [...versions]
      .sort(([a], [b]) => a - b)
      .map(([version, { devices, whole }]) => ({ version, devices, whole: pointOf(whole) })),
    pairs: [...pairs.values()],
  }
}
