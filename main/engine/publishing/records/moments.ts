import type { DeviceEvent } from '#contract'
import type { KeptRecord } from './kept.ts'

/** When a record was written, as well as that can be known. In milliseconds since 1970. */
export interface Reckoned {
  /** Null where nothing tells. */
  at: number | null
  clock: DeviceEvent['clock']
  /** Not before this and not after that; infinite where nothing bounds it. */
  low: number
  high: number
}

/** A clock that is so far ahead of the moment of arrival is wrong, whatever it says of itself. */
const AHEAD = 3_600_000

/**
 * The times of records of one device, in their order. A record whose clock was wrong is counted from the nearest one of
 * the same start whose clock was right, by the time since that start; where there is none, the records around it bound it.
 */
export function reckon(records: readonly KeptRecord[]): Reckoned[] {
  const said = records.map(({ record, received }) => {
    const wall = Date.parse(record.wall)
    const isTrue = record.clockTrusted && Number.isFinite(wall) && wall <= Date.parse(received) + AHEAD
    return { wall, isTrue, boot: record.boot, monotonic: record.monotonic }
  })
  const anchors = (order: number[]) => {
    const last = new Map<string, number>()
    const found = new Map<number, number>()
    for (const i of order) {
      const { boot, isTrue } = said[i] as (typeof said)[number]
      if (isTrue) last.set(boot, i)
      const anchor = last.get(boot)
      if (anchor !== undefined) found.set(i, anchor)
    }
    return found
  }
  const forward = said.map((_, i) => i)
  const before = anchors(forward)
  const after = anchors(forward.toReversed())
  const known = said.map(
    ({ isTrue, wall, monotonic }, i): { at: number; clock: DeviceEvent['clock'] } | null => {
      if (isTrue) return { at: wall, clock: 'trusted' }
      const anchor = said[before.get(i) ?? after.get(i) ?? -1]
      return anchor ? { at: anchor.wall + monotonic - anchor.monotonic, clock: 'reckoned' } : null
    },
  )
  const lows: number[] = []
  let low = Number.NEGATIVE_INFINITY
  for (const each of known) {
    if (each) low = Math.max(low, each.at)
    lows.push(low)
  }
  const highs: number[] = []
  let high = Number.POSITIVE_INFINITY
  for (const [i, each] of [...known.entries()].reverse()) {
    if (each) high = Math.min(high, each.at)
    highs[i] = Math.min(high, Date.parse((records[i] as KeptRecord).received))
  }
  return known.map((each, i): Reckoned => {
    if (each) return { ...each, low: each.at, high: each.at }
    const bounds = { low: lows[i] as number, high: highs[i] as number }
    const { wall } = said[i] as (typeof said)[number]
    const fits = Number.isFinite(wall) && wall >= bounds.low && wall <= bounds.high && bounds.low > 0
    return { at: fits ? wall : null, clock: 'doubtful', ...bounds }
  })
}

export const isoOf = (at: number | null): string | null =>
  at === null || !Number.isFinite(at) || Math.abs(at) > 8.64e15 ? null : new Date(at).toISOString()
