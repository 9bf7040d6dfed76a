import { z } from 'zod'
import { At, Failure, Hash, Name, VariantKind } from '#contract'
import { Needs } from '../../engine/release/index.ts'

/** A release that is whole on this device's disk. */
export const Installed = z.object({
  version: z.int().min(1),
  variant: VariantKind,
  counter: z.int().min(1),
  manifest: Hash,
  needs: Needs,
  /** It has served here through a trial. */
  proved: z.boolean(),
  /** Milliseconds of one row as its rehearsal took here; null where that is not known. */
  median: z.number().nullable().default(null),
  /** Plain digests: where files lie in `blobs`. */
  files: z.array(z.object({ name: z.string(), hash: Hash, bytes: z.int().min(0) })),
})
export type Installed = z.infer<typeof Installed>

/** What ran on trial and did not pass. It is not tried again until it comes with a higher counter. */
export const Quarantined = z.object({
  manifest: Hash,
  version: z.int(),
  variant: VariantKind,
  counter: z.int(),
  failure: Failure,
  at: At,
})
export type Quarantined = z.infer<typeof Quarantined>

const Candidate = z.object({
  manifest: Hash,
  share: z.number(),
  shadow: z.boolean(),
  rollout: z.string(),
})

export const ModelState = z.object({
  model: Name,
  installed: z.array(Installed),
  /** Answers, or is about to: while `trial` names it, it has not proved itself. */
  current: Hash.nullable(),
  previous: Hash.nullable(),
  candidate: Candidate.nullable(),
  /** `starts` counts starts of the agent during it: a model that takes the process along is found by it. */
  trial: z.object({ manifest: Hash, starts: z.int() }).nullable(),
  /** A person chose at the box while the plan stood at this decision: it is followed again when that rises. */
  held: z.int().nullable(),
  quarantine: z.array(Quarantined).max(200),
  /** The highest floor that was signed, and all that was revoked. */
  floor: z.int().min(0),
  revoked: z.array(Hash),
  switchedAt: At.nullable(),
})
export type ModelState = z.infer<typeof ModelState>

/**
 * All that a device must not forget. It is read by agents of another time, too: what is added has a default, nothing is
 * renamed or taken away, and what is not known is left out.
 */
export const DeviceState = z.object({
  format: z.literal('edgewright-agent/1'),
  site: z.string().nullable(),
  /** Lanes of the site that were trusted once: to know nothing of one of them any more is damage. */
  lanes: z.array(z.enum(['online', 'stick'])),
  /** Digest of the newest plan that was verified; it is kept among the blobs. */
  plan: Hash.nullable(),
  /** Milliseconds since 1970 that have passed for certain: the highest time that was signed. */
  timeFloor: z.number(),
  /** Starts since the agent last ended properly or was up for a while. */
  starts: z.int().min(0),
  models: z.array(ModelState),
})
export type DeviceState = z.infer<typeof DeviceState>

export const newModel = (model: string): ModelState => ({
  model,
  installed: [],
  current: null,
  previous: null,
  candidate: null,
  trial: null,
  held: null,
  quarantine: [],
  floor: 0,
  revoked: [],
  switchedAt: null,
})

export const newState = (): DeviceState => ({
  format: 'edgewright-agent/1',
  site: null,
  lanes: [],
  plan: null,
  timeFloor: 0,
  starts: 0,
  models: [],
})
