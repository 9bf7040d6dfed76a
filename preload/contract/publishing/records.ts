import { z } from 'zod'
import { call, work } from '../call.ts'
import { Failure } from '../failure.ts'
import { At, Hash, Name } from '../ids.ts'
import { SiteName } from './site.ts'

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

/** One `.edgeback` that was taken in, or was refused. */
export const TakenBatch = z.object({
  file: z.string(),
  device: z.string().nullable(),
  /** What its site calls the device. */
  name: z.string().nullable(),
  site: z.string().nullable(),
  /** Number of its last record. */
  sequence: z.int().nullable(),
  /** Records in it, and those of them that were not here yet; samples likewise. */
  records: z.int(),
  newRecords: z.int(),
  samples: z.int(),
  newSamples: z.int(),
  refused: Failure.nullable(),
})
export type TakenBatch = z.infer<typeof TakenBatch>

/** A receipt: the device may forget its records up to this one. */
export const Receipt = z.object({
  site: z.string(),
  device: z.string(),
  name: z.string(),
  received: z.int(),
  /** False where the repository was not there to be signed; it goes into the next plan. */
  signed: z.boolean(),
})
export type Receipt = z.infer<typeof Receipt>

/** A device that asks on a stick to be approved. */
export const FoundRequest = z.object({
  /** `enrol-<id>.req`: what `device approve` takes. */
  file: z.string(),
  device: z.string(),
  name: z.string(),
  /** To be compared with what the device shows. */
  code: z.string(),
  site: z.string().nullable(),
  /** A site approved it already. */
  approved: z.boolean(),
})
export type FoundRequest = z.infer<typeof FoundRequest>

export const Received = z.object({
  batches: z.array(TakenBatch),
  newRecords: z.int(),
  newSamples: z.int(),
  /** Nothing was refused. */
  whole: z.boolean(),
  receipts: z.array(Receipt),
  /** Devices that ask to be approved. */
  requests: z.array(FoundRequest).optional(),
})
export type Received = z.infer<typeof Received>

/** Something that came back and was not taken in, or that does not fit to what came before. */
export const Refusal = z.object({
  /** Hash of the file. */
  id: Hash,
  at: At,
  file: z.string(),
  /** The device that it says it is of; null where it could not be opened. */
  device: z.string().nullable(),
  site: z.string().nullable(),
  /** Somebody may have forged it; false for a file that is only damaged. */
  security: z.boolean(),
  /** How often it was offered. */
  times: z.int(),
  failure: Failure,
})
export type Refusal = z.infer<typeof Refusal>

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
  /** Rows that its counts say each version answered meanwhile. */
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

/** What a version did on a device in a time. */
export const MetricPoint = z.object({
  since: At,
  until: At,
  rows: z.int(),
  requests: z.int(),
  errors: z.int(),
  /** Milliseconds of a request, read off the histogram. */
  p50: z.number().nullable(),
  p95: z.number().nullable(),
  /** Share of answers whose best score was below one half. */
  unsure: z.number().nullable(),
  latency: z.array(z.int()),
  confidence: z.array(z.int()),
})
export type MetricPoint = z.infer<typeof MetricPoint>

export const MetricSeries = z.object({
  device: z.string(),
  name: z.string(),
  version: z.int(),
  points: z.array(MetricPoint),
  /** Of all points together. */
  whole: MetricPoint,
})
export type MetricSeries = z.infer<typeof MetricSeries>

export const DeviceMetrics = z.object({
  model: z.string(),
  /** Upper ends of the ranges of `latency`, in milliseconds; the last range is open. */
  latencyEnds: z.array(z.number()),
  series: z.array(MetricSeries),
  /** Of all devices together, by version. */
  versions: z.array(z.object({ version: z.int(), devices: z.int(), whole: MetricPoint })),
  /** Rows that two versions computed. */
  pairs: z.array(
    z.object({
      rollout: z.string(),
      primary: z.int(),
      candidate: z.int(),
      devices: z.int(),
      rows: z.int(),
      disagreements: z.int(),
      /** How often the answer of the one became another of the candidate: `a > b`. */
      matrix: z.record(z.string(), z.int()),
    }),
  ),
})
export type DeviceMetrics = z.infer<typeof DeviceMetrics>

/** A moment as people type it. */
const Moment = z
  .string()
  .max(40)
  .regex(
    /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/,
    'must be a day as 2026-05-03, or a moment as 2026-05-03T10:30',
  )

const DeviceName = z.string().min(1).max(80)

/** What came back from devices. */
export const recordEntries = {
  /** Takes in what devices sent back; the same file twice does no harm. */
  receive: work(
    {
      title: 'Take in what devices sent back',
      icon: 'usb',
      positional: ['file'],
      paths: { file: 'always' },
      cancel: 'What was taken in already stays; the rest can be taken in again.',
      fails: { whole: false },
    },
    z.object({
      /** An `.edgeback`, or a folder with some, such as a stick. */
      file: z.string().min(1),
    }),
    Received,
  ),
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
  metrics: call(
    { title: 'Show figures of devices', icon: 'chart-line', positional: ['model'], reads: true },
    z.object({
      model: Name,
      site: SiteName.optional(),
      device: DeviceName.optional(),
      since: Moment.optional(),
      until: Moment.optional(),
    }),
    DeviceMetrics,
  ),
  refusals: call(
    { title: 'Show what was refused from devices', icon: 'shield-alert', reads: true },
    z.object({ device: DeviceName.optional() }),
    z.object({ refusals: z.array(Refusal), security: z.int() }),
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
