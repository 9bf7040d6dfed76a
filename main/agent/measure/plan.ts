import type { Failure, Latency } from '#contract'

/** The folder that a measuring process is given. */
export const FILES = { plan: 'plan.json', model: 'model' } as const

export interface Plan {
  /** So many runs; without it as many as fit into a short time. */
  runs?: number | undefined
  /** The process ends itself after so many milliseconds, whoever is still there. */
  limit: number
}

export type Message = { kind: 'measured'; latency: Latency } | { kind: 'failed'; failure: Failure }
