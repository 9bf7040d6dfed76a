import { z } from 'zod'
import { call } from '../call.ts'
import { Name } from '../ids.ts'
import { SiteName } from './names.ts'
import { Rollout, SiteModel } from './site.ts'

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
  /** Labeled rows on which the two versions differ, and how many of them each one had right. */
  paired: z.object({
    labeled: z.int(),
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

const which = {
  model: Name,
  site: SiteName.optional(),
  to: z.string().min(1).optional().describe('the repository, where it is not known here'),
}

/** Who of a site gets a version. */
export const rolloutEntries = {
  promote: call(
    {
      title: 'Give a version to everyone',
      icon: 'badge-check',
      positional: ['model'],
      undo: 'Roll it back',
      paths: { to: 'always' },
    },
    z.object(which),
    SiteModel,
  ),
  hold: call(
    {
      title: 'Hold a rollout',
      icon: 'pause',
      positional: ['model'],
      undo: 'Let it go on',
      paths: { to: 'always' },
    },
    z.object({ ...which, resume: z.boolean().default(false).describe('let it go on instead') }),
    SiteModel,
  ),
  rollback: call(
    {
      title: 'Roll a model back',
      icon: 'undo-2',
      positional: ['model'],
      undo: 'Publish it again',
      paths: { to: 'always' },
    },
    z.object(which),
    SiteModel,
  ),
  /** How far a rollout is, and what its figures say. */
  rollout: call(
    { title: 'Show a rollout', icon: 'chart-line', positional: ['model'], reads: true },
    z.object({ model: Name, site: SiteName.optional() }),
    RolloutStanding,
  ),
}
