import { setTimeout as rest } from 'node:timers/promises'

/** A bucket of bytes that fills up at a constant rate; what is fetched is taken out of it. */
export interface Throttle {
  readonly bytesPerSecond: number | null
  /** Waits until so many bytes may pass. */
  take(bytes: number, signal?: AbortSignal): Promise<void>
}

/**
 * Bounds what passes in the long run; it may run ahead by what fits into a quarter of a second.
 * @param bytesPerSecond null: no bound
 * @param now milliseconds that only count up
 */
export function openThrottle(
  bytesPerSecond: number | null,
  now: () => number = () => performance.now(),
): Throttle {
  if (bytesPerSecond === null) return { bytesPerSecond, take: async () => {} }
  const most = bytesPerSecond / 4
  let there = most
  let last = now()
  return {
    bytesPerSecond,
    async take(bytes, signal) {
      const at = now()
      there = Math.min(most, there + ((at - last) / 1000) * bytesPerSecond)
      last = at
      // Who comes next waits for this one too: the bucket may go below empty.
      there -= bytes
      if (there < 0) await rest((-there / bytesPerSecond) * 1000, undefined, { signal })
    },
  }
}
