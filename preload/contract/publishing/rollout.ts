import { z } from 'zod'
import { At } from '../ids.ts'

/** A new version that not everyone of a site gets yet. */
export const Rollout = z.object({
  id: z.string(),
  version: z.int(),
  /** `device`: the members run it; `inference`: every device answers that share of items with it. */
  unit: z.enum(['device', 'inference']),
  share: z.number(),
  /** Ids of devices; empty where the unit is the inference. */
  members: z.array(z.string()),
  groups: z.array(z.string()),
  /** It computes beside the one that answers, and only disagreements are sent back. */
  shadow: z.boolean(),
  state: z.enum(['running', 'paused']),
  startedAt: At,
  /** It was paused by itself, since devices failed with it. A person who lets it go on takes so many failures. */
  halted: z.object({ at: At, failures: z.int(), reason: z.string() }).nullable().optional(),
})
export type Rollout = z.infer<typeof Rollout>

/** Something that has to hold whatever the accuracy is. */
export const Guardrail = z.object({
  name: z.enum(['crashes', 'load-failures', 'golden-mismatches', 'p95', 'low-confidence']),
  /** Of the candidate, and of the version before where it is compared with it; null: not known yet. */
  candidate: z.number().nullable(),
  stable: z.number().nullable(),
  /** Largest value that is allowed. */
  limit: z.number().nullable(),
  held: z.boolean(),
  words: z.string(),
})
export type Guardrail = z.infer<typeof Guardrail>

/** What the figures say about a rollout. May be looked at as often as one likes. */
export const Advice = z.object({
  outcome: z.enum(['promote', 'hold', 'roll-back']),
  reason: z.string(),
  guardrails: z.array(Guardrail),
  /** Labelled rows on which the two versions differ, and how many of them each one had right. */
  paired: z.object({
    labelled: z.int(),
    candidateRight: z.int(),
    stableRight: z.int(),
    /** Share of those that the candidate had right, with a confidence that holds however often one looks. */
    share: z.object({ low: z.number(), high: z.number() }),
    confidence: z.number(),
  }),
})
export type Advice = z.infer<typeof Advice>

/** How far a rollout is. */
export const RolloutStanding = z.object({
  site: z.string(),
  model: z.string(),
  stable: z.int().nullable(),
  rollout: Rollout.nullable(),
  /** Devices that are to run it, or to compute it beside; of them those that do, those that failed, and the silent. */
  devices: z.object({ wanted: z.int(), running: z.int(), failed: z.int(), silent: z.int() }),
  advice: Advice.nullable(),
})
export type RolloutStanding = z.infer<typeof RolloutStanding>
