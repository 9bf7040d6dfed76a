import type { Clock } from './ports.ts'

/** When this was written. A clock that stands before it is wrong for certain. */
export const BUILT = Date.UTC(2026, 10, 1)
/** Milliseconds by which a clock may differ, from what was signed and from the one that only counts up. */
const JUMP = 5 * 60_000
/** A clock this far ahead of everything that was signed is not believed: nobody signs that seldom. */
const FAR = 5 * 365 * 86_400_000

export const systemClock: Clock = { wall: () => Date.now(), monotonic: () => performance.now() }

/** What time it is on a box that may have no clock. */
export interface DeviceTime {
  /** Milliseconds since 1970: the clock, or what has passed for certain where that is later. */
  now(): number
  /** ISO 8601. */
  iso(): string
  /** Whether the clock is behind nothing that was signed, not years ahead of it, and did not jump since the start. */
  isTrusted(): boolean
}

/** @param floor the highest time that was signed */
export function openTime(clock: Clock, floor: () => number): DeviceTime {
  const began = { wall: clock.wall(), monotonic: clock.monotonic() }
  const now = () => Math.max(clock.wall(), BUILT, floor())
  return {
    now,
    // The far end of what a date can be, where a clock is beyond it.
    iso: () => new Date(Math.min(now(), 8.64e15)).toISOString(),
    isTrusted() {
      const wall = clock.wall()
      const known = Math.max(BUILT, floor())
      const drift = wall - began.wall - (clock.monotonic() - began.monotonic)
      return wall >= known - JUMP && wall - known < FAR && Math.abs(drift) < JUMP
    },
  }
}
