import type { Device } from '#contract'
import { type Heard, standingOf } from './standing.ts'

type Seen = Parameters<typeof standingOf>[1]

interface Stood {
  heard: Heard
  seen: Seen
  device: Device
}

/**
 * How devices stand, worked out anew only for one that reported, went silent, or whose site decided something: the others
 * stay the same object.
 */
export function openStandings() {
  const stood = new Map<string, Stood>()
  const keyOf = ({ report, address, known, enrolled }: Heard) =>
    JSON.stringify([report?.id ?? enrolled?.id, known?.site, address])
  return {
    of(heard: Heard, seen: Seen): Device {
      const key = keyOf(heard)
      const before = stood.get(key)
      if (before && isSame(before, heard, seen)) return before.device
      const device = standingOf(heard, seen)
      stood.set(key, { heard, seen, device })
      return device
    },
    /** Forgets those that are gone. */
    keep(all: readonly Heard[]): void {
      if (stood.size <= all.length) return
      const there = new Set(all.map(keyOf))
      for (const key of stood.keys()) if (!there.has(key)) stood.delete(key)
    },
  }
}

/** A site signs no two plans at the same moment, so that says which one it is. */
const isSame = (before: Stood, heard: Heard, seen: Seen): boolean =>
  before.heard.report === heard.report &&
  before.heard.known?.plan?.issued === heard.known?.plan?.issued &&
  (before.heard.enrolled === null) === (heard.enrolled === null) &&
  before.seen.seen === seen.seen &&
  before.seen.isOffline === seen.isOffline &&
  before.seen.ours === seen.ours
