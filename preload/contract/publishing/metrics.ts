import { z } from 'zod'
import { call } from '../call.ts'
import { At, Name } from '../ids.ts'
import { DeviceName, Moment, SiteName } from './names.ts'

/** What a version did on a device in a time. */
export const MetricPoint = z.object({
  since: At,
  until: At,
  rows: z.int(),
  requests: z.int(),
  errors: z.int(),
  /** Milliseconds of a request, read off the histogram. */
  p50: z.number().nullable(),
  p95: z.number().nullable(),
  /** Share of answers whose best score was below one half. */
  unsure: z.number().nullable(),
  latency: z.array(z.int()),
  confidence: z.array(z.int()),
})
export type MetricPoint = z.infer<typeof MetricPoint>

export const MetricSeries = z.object({
  device: z.string(),
  name: z.string(),
  version: z.int(),
  points: z.array(MetricPoint),
  /** Of all points together. */
  whole: MetricPoint,
})
export type MetricSeries = z.infer<typeof MetricSeries>

export const DeviceMetrics = z.object({
  model: z.string(),
  /** Upper ends of the ranges of `latency`, in milliseconds; the last range is open. */
  latencyEnds: z.array(z.number()),
  series: z.array(MetricSeries),
  /** Of all devices together, by version. */
  versions: z.array(z.object({ version: z.int(), devices: z.int(), whole: MetricPoint })),
  /** Rows that two versions computed. */
  pairs: z.array(
    z.object({
      rollout: z.string(),
      primary: z.int(),
      candidate: z.int(),
      devices: z.int(),
      rows: z.int(),
      disagreements: z.int(),
      /** How often the answer of the one became another of the candidate: `a > b`. */
      matrix: z.record(z.string(), z.int()),
    }),
  ),
})
export type DeviceMetrics = z.infer<typeof DeviceMetrics>

/** Figures of devices. */
export const metricsEntries = {
  metrics: call(
    { title: 'Show figures of devices', icon: 'chart-line', positional: ['model'], reads: true },
    z.object({
      model: Name,
      site: SiteName.optional(),
      device: DeviceName.optional(),
      since: Moment.optional(),
      until: Moment.optional(),
    }),
    DeviceMetrics,
  ),
}
