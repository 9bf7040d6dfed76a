import type { Point } from '../runs.ts'
import type { Buckets, EventSink } from './event.ts'

/** How values were spread at a step. */
export interface Histogram {
  key: string
  step: number
  at: number
  buckets: Buckets
}

/** What event files said since it was last taken. */
export interface Gathered {
  points: Point[]
  histograms: Histogram[]
  /** Values by name: of the hparams plugin, and short texts. */
  params: Record<string, unknown>
  /** How the trial ended, where that was said. */
  status: 'succeeded' | 'failed' | null
}

/** A text longer than this is a report, not a value. */
const LONGEST_TEXT = 2000

/** Collects what event files say; `prefix` is put before the names of their figures. */
export function openGathering(): {
  sinkOf(prefix: string): EventSink
  take(): Gathered
  /** Only where so many points are held. */
  take(least: number): Gathered | null
} {
  const empty = (): Gathered => ({ points: [], histograms: [], params: {}, status: null })
  let held = empty()
  function take(): Gathered
  function take(least: number): Gathered | null
  function take(least = 0): Gathered | null {
    if (held.points.length < least) return null
    const taken = held
    held = empty()
    return taken
  }
  return {
    sinkOf: prefix => ({
      scalar: (tag, step, at, value) => void held.points.push({ key: prefix + tag, step, at, value }),
      histogram: (tag, step, at, buckets) =>
        void held.histograms.push({ key: prefix + tag, step, at, buckets }),
      text(tag, _, __, text) {
        held.params[prefix + tag] = text.slice(0, LONGEST_TEXT)
      },
      params(values) {
        Object.assign(held.params, values)
      },
      ended(status) {
        if (status !== 'unknown') held.status = status
      },
    }),
    take,
  }
}
