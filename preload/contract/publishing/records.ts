import { z } from 'zod'
import { call } from '../call.ts'
import { At, Hash, Name } from '../ids.ts'
import { DeviceName, Moment } from './names.ts'

/** What a record of a device tells. `sample` names a captured row by its hash; the row itself may be dropped before it is sent. */
export const RecordKind = z.enum([
  'started',
  'stopped',
  'installed',
  'switched',
  'rolled-back',
  'refused',
  'quarantined',
  'removed',
  'enrolled',
  'security',
  'clock',
  'metrics',
  'sample',
  'dropped',
  'error',
])
export type RecordKind = z.infer<typeof RecordKind>

/** Records of a device that are not here. */
export const RecordGap = z.object({
  /** The last record before them, and the first after them. */
  after: z.int(),
  before: z.int(),
  /**
   * `missing`: they may still come; `lost`: the device itself has them no more; `elsewhere`: another workspace of the
   * publisher has them; `let-go`: a person gave them up.
   */
  why: z.enum(['missing', 'lost', 'elsewhere', 'let-go']),
  /** Between these moments they were written, as far as that is known. */
  since: At.nullable(),
  until: At.nullable(),
})
export type RecordGap = z.infer<typeof RecordGap>

/** A record of a device as it is told: the chain is checked, and its time is reckoned where the clock was wrong. */
export const DeviceEvent = z.object({
  seq: z.int(),
  /** When it was, as well as that can be known; null where nothing tells. */
  at: At.nullable(),
  /**
   * `trusted`: the clock of the device was right; `reckoned`: counted from a record of the same start whose clock was
   * right; `doubtful`: nothing vouches for it.
   */
  clock: z.enum(['trusted', 'reckoned', 'doubtful']),
  /** What the clock of the device said. */
  wall: z.string(),
  kind: RecordKind,
  model: z.string().nullable(),
  version: z.int().nullable(),
  /** In a person's words. */
  event: z.string(),
  detail: z.string(),
  body: z.record(z.string(), z.unknown()),
  hash: Hash,
  /** It does not name the record before it: one of the two was changed, or the device lost its log. */
  broken: z.boolean(),
  received: At,
})
export type DeviceEvent = z.infer<typeof DeviceEvent>

export const DeviceStory = z.object({
  device: z.string(),
  name: z.string(),
  site: z.string().nullable(),
  /** Newest first. */
  events: z.array(DeviceEvent),
  /** How many fit the filter. */
  total: z.int(),
  /** How many there are of each kind, whatever the filter. */
  kinds: z.record(z.string(), z.int()),
  models: z.array(z.string()),
  gaps: z.array(RecordGap),
  /** Numbers of records that break the chain. */
  broken: z.array(z.int()),
  /** The newest record that is here, and the one up to which the device has a receipt. */
  newest: z.int(),
  receipt: z.int(),
  /** When something of it was taken in last. */
  heard: At.nullable(),
})
export type DeviceStory = z.infer<typeof DeviceStory>

/** What devices tell of themselves. */
export const recordEntries = {
  /** The story of a device. */
  records: call(
    { title: 'Show what a device tells', icon: 'scroll-text', positional: ['device'], reads: true },
    z.object({
      device: DeviceName.describe('its id, the beginning of it, or its name'),
      kind: z.array(RecordKind).max(20).optional(),
      model: Name.optional(),
      since: Moment.optional(),
      until: Moment.optional(),
      limit: z.int().min(1).max(1000).default(100),
      offset: z.int().min(0).default(0),
    }),
    DeviceStory,
  ),
  /** Gives up records of a device that will not come any more, so that it may forget what came after them. */
  deviceLetGo: call(
    {
      title: 'Give up missing records of a device',
      icon: 'unlink',
      command: 'device let-go',
      positional: ['id'],
      final: true,
    },
    z.object({ id: DeviceName }),
    DeviceStory,
  ),
}
