import { z } from 'zod'
import { call } from '../call.ts'
import { At, Hash, Name } from '../ids.ts'
import { DeviceName, Moment } from './names.ts'

/** A time during which one thing held: a version answered, or none did. */
export const Stretch = z.object({
  /** Null: none answered. */
  version: z.int().nullable(),
  state: z.enum(['serving', 'stopped', 'none', 'unknown']),
  /** Answered a share of the items, or computed unheard. */
  beside: z
    .object({ version: z.int(), share: z.number(), shadow: z.boolean(), rollout: z.string().nullable() })
    .nullable(),
  /** Digest of the release, where the record names it. */
  manifest: z.string().nullable(),
  since: At.nullable(),
  /** Null: as far as the records go. */
  until: At.nullable(),
  /** The records that say so: the one with which it begins and the one with which it ends. */
  records: z.object({
    since: z.object({ seq: z.int(), hash: Hash }).nullable(),
    until: z.object({ seq: z.int(), hash: Hash }).nullable(),
  }),
  /** Why it was so: `as published`, `by hand`. */
  why: z.string().nullable(),
  /** Whether the clock of the device was right at both ends. */
  clockTrusted: z.boolean(),
  /** Rows that the device's counts say each version answered meanwhile; a row belongs to one stretch. */
  rows: z.record(z.string(), z.int()),
  /** What keeps it from being certain, one sentence each. */
  doubts: z.array(z.string()),
})
export type Stretch = z.infer<typeof Stretch>

/** Which model decided at a moment, or on a day, on a device. */
export const Decision = z.object({
  device: z.string(),
  name: z.string(),
  site: z.string().nullable(),
  model: Name,
  /** The moment, or the day, that was asked for. */
  since: At,
  until: At,
  stretches: z.array(Stretch),
  /** Nothing is in doubt. */
  certain: z.boolean(),
  words: z.string(),
})
export type Decision = z.infer<typeof Decision>

/** Which model decided. */
export const decidedEntries = {
  /** Which version of a model answered at a moment. */
  decided: call(
    { title: 'Ask which model decided', icon: 'scale', reads: true },
    z.object({
      device: DeviceName.describe('its id, the beginning of it, or its name'),
      model: Name,
      at: Moment.describe('a day as 2026-05-03, or a moment as 2026-05-03T10:30'),
    }),
    Decision,
  ),
}
