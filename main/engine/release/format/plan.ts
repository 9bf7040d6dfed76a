import { z } from 'zod'
import { At, Bandwidth, CapturePolicy, Hash, Name, SITE_NAME, VariantKind } from '#contract'
import { Needs } from './version.ts'

export { Bandwidth, CapturePolicy }

export const DeviceId = z.string().regex(/^[0-9a-f]{24}$/)

/** A variant of a version that devices may take, with what they must know before they fetch anything. */
export const PlanVariant = z.object({
  variant: VariantKind,
  /** Digest of its manifest, which the model's role vouches for as well. */
  manifest: Hash,
  needs: Needs,
})
export type PlanVariant = z.infer<typeof PlanVariant>

export const PlanVersion = z.object({
  version: z.int().min(1),
  counter: z.int().min(1),
  /** The best one first: a device takes the first that its profile allows. */
  variants: z.array(PlanVariant).min(1).max(8),
})
export type PlanVersion = z.infer<typeof PlanVersion>

/** A new version that not everyone gets yet. */
export const Rollout = z.object({
  id: z.string().min(1).max(60),
  version: z.int().min(1),
  /** `device`: the members run it; `inference`: every device answers that share of items with it. */
  unit: z.enum(['device', 'inference']),
  /** Share of devices or of items, 0 to 1. */
  share: z.number().min(0).max(1),
  /** Written out, so that it can be checked who had what. Empty where the unit is the inference. */
  members: z.array(DeviceId).max(100_000),
  /** Only of these groups; empty: of all. */
  groups: z.array(z.string()).max(100),
  /** The candidate computes beside the one that answers and only its disagreements are sent back. */
  shadow: z.boolean(),
  state: z.enum(['running', 'paused']),
  startedAt: At,
  /** It was paused by itself, since devices failed with it. A person who lets it go on takes so many failures. */
  halted: z
    .object({ at: At, failures: z.int().min(1), reason: z.string().max(500) })
    .nullable()
    .optional(),
})
export type Rollout = z.infer<typeof Rollout>

/** What the site wants of one model. */
export const PlanModel = z.object({
  model: Name,
  /** Versions a device may hold, the newest first; those that are gone from here are removed from devices. */
  versions: z.array(PlanVersion).max(50),
  /** What everyone runs who is in no rollout; null before the first one is complete. */
  stable: z.int().min(1).nullable(),
  rollout: Rollout.nullable(),
  /** What everyone ran before `stable`, the newest first: where a rollback of the site goes. */
  before: z.array(z.int().min(1)).max(20).optional(),
  /** Counters below it are refused, also from an old stick, and also as the version before. */
  floor: z.int().min(0),
  /** Manifests that must not run any more. */
  revoked: z.array(Hash).max(1000),
  /** Counts up whenever a person decided anew; a device that rolled itself back follows a higher one again. */
  decision: z.int().min(0),
})
export type PlanModel = z.infer<typeof PlanModel>

/** An enrolled device. */
export const PlanDevice = z.object({
  id: DeviceId,
  name: z.string().min(1).max(80),
  /** Public key (Ed25519, SPKI in DER, base64): who signs its reports. */
  key: z.string().max(200),
  /** Who may open what is sealed for it: an age recipient. */
  recipient: z.string().max(200),
  groups: z.array(z.string().max(40)).max(20),
  /** Model name to the version a person chose for this device, before anything else. */
  use: z.record(z.string(), z.int().min(1)),
  /** Model name to how often a person chose anew for this device alone; counts beside `PlanModel.decision`. */
  decisions: z.record(z.string(), z.int().min(1)).optional(),
  /** Its records up to this one have arrived: it may forget them. */
  received: z.int().min(0),
  /** The identity of the site (age), sealed for this device, where models are encrypted. */
  siteKey: z.string().max(4000).nullable(),
})
export type PlanDevice = z.infer<typeof PlanDevice>

/** The target `site/plan`: which device gets what. Signed by the role `site`. */
export const SitePlan = z.object({
  format: z.literal('edgewright-site/1'),
  site: z.string().regex(SITE_NAME),
  issued: At,
  /** Who opens what devices send back: an age recipient of the publisher. */
  recipient: z.string().max(200),
  models: z.array(PlanModel).max(1000),
  devices: z.array(PlanDevice).max(100_000),
  capture: CapturePolicy,
  bandwidth: Bandwidth,
  /** Seconds between two looks of a device. */
  pollSeconds: z
    .number()
    .min(1)
    .max(86_400 * 7),
})
export type SitePlan = z.infer<typeof SitePlan>
