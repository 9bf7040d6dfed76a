import type { Failure, Hash } from '#contract'

/** What is under way with a model. */
export type Step = 'idle' | 'fetching' | 'rehearsing' | 'switching'

/** A model in this process, beside what the disk says of it. */
export interface Live {
  step: Step
  /** The version that is on its way. */
  version: number | null
  /** Work under way, and how it is stopped when something newer is wanted. */
  busy: { done: Promise<void>; abort: AbortController; target: string } | null
  failure: Failure | null
  /** The same is not tried again before this moment (monotonic). */
  wait: { target: string; until: number; milliseconds: number } | null
  /** Blobs and parts that no sweep may take. */
  underWay: Set<Hash>
  /** Rows that the version on trial has answered, and when it began to (monotonic). */
  served: number
  since: number
  /** The version on trial did not pass; it is gone back from as soon as the disk lets it be written. */
  verdict: Failure | null
}

const newLive = (): Live => ({
  step: 'idle',
  version: null,
  busy: null,
  failure: null,
  wait: null,
  underWay: new Set(),
  served: 0,
  since: 0,
  verdict: null,
})

export interface Lives {
  of(model: string): Live
  names(): string[]
}

export function openLives(): Lives {
  const all = new Map<string, Live>()
  return {
    of(model) {
      const found = all.get(model) ?? newLive()
      all.set(model, found)
      return found
    },
    names: () => [...all.keys()],
  }
}
