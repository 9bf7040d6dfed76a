import { z } from 'zod'
import { call, watch, work } from './call.ts'
import { VariantKind } from './evaluation.ts'
import { Failure } from './failure.ts'
import { At, Hash, JobId, Name, RunId } from './ids.ts'

/** A signed version in a repository. Its id is the hash of the signed description. */
export const Release = z.object({
  id: Hash,
  model: Name,
  version: z.int().min(1),
  variant: VariantKind,
  /** Counts up within one repository and model; a device never goes back behind it by itself. */
  sequence: z.int().min(1),
  to: z.string(),
  files: z.array(z.object({ name: z.string(), hash: Hash, bytes: z.int() })),
  bytes: z.int(),
  /** SHA-256 of the signing key (Ed25519, SPKI). */
  key: Hash,
  at: At,
  madeBy: JobId.nullable(),
})
export type Release = z.infer<typeof Release>

/** What one model is on one device: what is wanted there and what the device says it runs. */
export const DeviceModel = z.object({
  model: Name,
  wanted: z.int().nullable(),
  reports: z.int().nullable(),
  previous: z.int().nullable(),
  state: z.enum(['waiting', 'fetching', 'serving', 'refused', 'rolled-back', 'failed']),
  failure: Failure.nullable(),
  predictions: z.int(),
  errors: z.int(),
  /** Milliseconds of a prediction, median of the last 200. */
  p50: z.number().nullable(),
  switchedAt: At.nullable(),
})
export type DeviceModel = z.infer<typeof DeviceModel>

export const Device = z.object({
  id: z.string(),
  name: z.string(),
  repository: z.string(),
  /** Where it answers, `http://127.0.0.1:8501`. */
  address: z.string().nullable(),
  /** Started from this window, so it can be stopped here. */
  ours: z.boolean(),
  health: z.enum(['healthy', 'attention', 'offline']),
  seen: At,
  /** What keeps the device from looking for releases at all, where something does. */
  failure: Failure.nullable().optional(),
  models: z.array(DeviceModel),
  timeline: z.array(z.object({ at: At, event: z.string(), detail: z.string() })),
  runtime: z.object({ node: z.string(), platform: z.string(), backend: z.string(), memoryBytes: z.int() }),
})
export type Device = z.infer<typeof Device>

/** How long a model takes for one row of ones on a device, after a warm-up. */
export const Latency = z.object({
  /** What computed: `LiteRT.js 2.5.3`. */
  runtime: z.string(),
  runs: z.int(),
  /** Milliseconds. */
  median: z.number(),
  p95: z.number(),
  /** Memory that the process took at most, the runtime in it included. */
  peakBytes: z.int(),
  device: z.object({
    processor: z.string(),
    cores: z.int(),
    memoryBytes: z.int(),
    platform: z.string(),
    arch: z.string(),
  }),
})
export type Latency = z.infer<typeof Latency>

/** A latency that was measured from here. Its id is the job that did it. */
export const DeviceLatency = Latency.extend({
  id: JobId,
  /** Null for a model that came from a file. */
  run: RunId.nullable(),
  /** As it was asked for: a run, a model, a path. */
  model: z.string(),
  /** Hash of the file, which is the id of a variant. */
  variant: Hash,
  /** Null for a file that is none of the variants made here. */
  kind: VariantKind.nullable(),
  title: z.string(),
  bytes: z.int(),
  device: Latency.shape.device.extend({
    /** Null for one that was named by its address and reports to no repository known here. */
    id: z.string().nullable(),
    name: z.string(),
    address: z.string(),
  }),
  at: At,
})
export type DeviceLatency = z.infer<typeof DeviceLatency>

export const publishing = {
  publish: work(
    {
      title: 'Publish a version',
      icon: 'send',
      positional: ['model'],
      paths: { to: 'always' },
      cancel: 'The repository stays as it was; files already copied are used by the next try.',
      undo: 'Publish the version before it',
    },
    z.object({
      model: Name,
      /** Default: the version under `production`, else `candidate`, else the newest. */
      version: z.int().min(1).optional(),
      /** Default: 8-bit weights where they were made, else float32. */
      variant: z.enum(['float32', 'dynamic-range']).optional(),
      /** A folder, or the http(s) address of a repository. Default: the workspace's own repository. */
      to: z.string().optional(),
    }),
    Release,
  ),
  releases: call(
    { title: 'Show releases', icon: 'send', reads: true },
    z.object({ model: Name.optional() }),
    z.object({ releases: z.array(Release) }),
  ),
  devices: call(
    { title: 'Show devices', icon: 'hard-drive', reads: true },
    z.object({}),
    z.object({ devices: z.array(Device) }),
  ),
  /** All devices whenever one of them changes, at most once a second; begins with how they stand now. */
  watch: watch(
    { title: 'Watch devices', icon: 'hard-drive' },
    z.object({}),
    z.object({ devices: z.array(Device) }),
  ),
  /** Starts an agent beside the window, for a trial; it goes on until it is stopped or the engine ends. */
  startAgent: call(
    {
      title: 'Start a device here',
      icon: 'play',
      undo: 'Stop it',
      paths: { repository: 'always' },
      lasts: {},
    },
    z.object({
      name: Name.default('this computer'),
      /** Default: the workspace's own repository. */
      repository: z.string().optional(),
      /** 0: any free one. */
      port: z.int().min(0).max(65_535).default(0),
    }),
    Device,
  ),
  stopAgent: call(
    { title: 'Stop a device here', icon: 'square', positional: ['id'], undo: 'Start it again' },
    z.object({ id: z.string() }),
    z.object({ stopped: z.boolean() }),
  ),
  /** Sends a device back to the version it kept. */
  rollBack: call(
    { title: 'Roll a device back', icon: 'undo-2', positional: ['id', 'model'], undo: 'Publish again' },
    z.object({ id: z.string(), model: Name }),
    Device,
  ),
  /** Asks a device for predictions of a few rows, by its REST address. */
  predict: call(
    { title: 'Ask a device', icon: 'message-square', positional: ['id', 'model'], reads: true },
    z.object({
      id: z.string(),
      model: Name,
      instances: z.array(z.record(z.string(), z.unknown())).min(1).max(100),
    }),
    z.object({ predictions: z.array(z.unknown()), milliseconds: z.number() }),
  ),
  /** Sends a variant to a device, which times it without serving it; the device has to allow that (`--measure`). */
  measure: work(
    {
      title: 'Measure on a device',
      icon: 'timer',
      positional: ['model', 'device'],
      paths: { model: 'existing' },
      cancel: 'Nothing is kept; the device stops measuring and goes on answering.',
    },
    z.object({
      /** A run (run-1), a model of this workspace (its newest run), or the path of a TFLite file or a GraphDef. */
      model: z.string().min(1),
      /** Its kind, or the hash of its file. Default: float32 of a run, else the file itself. */
      variant: z.union([VariantKind.exclude(['layers']), Hash]).optional(),
      /** The id or name of a device that reports here, or an address: `http://[:TOKEN@]host:8501`. */
      device: z.string().min(1),
      /** Default: as many as fit into a second and a half, 10 to 200. */
      runs: z.int().min(1).max(200).optional(),
    }),
    DeviceLatency,
  ),
  /** Newest first. */
  measured: call(
    { title: 'Show what was measured on devices', icon: 'timer', reads: true },
    z.object({ run: RunId.optional(), variant: Hash.optional() }),
    z.object({ latencies: z.array(DeviceLatency) }),
  ),
  /** Offers a repository folder over HTTP; writing needs the token. */
  host: call(
    {
      title: 'Offer the repository over HTTP',
      icon: 'globe',
      paths: { directory: 'always' },
      undo: 'Stop offering',
      lasts: { unless: 'stop' },
    },
    z.object({
      directory: z.string().optional(),
      port: z.int().min(0).max(65_535).default(0),
      /** Also for other machines on this network; else for this one only. */
      network: z.boolean().default(false),
      stop: z.boolean().default(false),
    }),
    z.object({ address: z.string().nullable(), token: z.string().nullable() }),
  ),
  /** The signing key: made at first use, kept outside the workspace. */
  key: call(
    { title: 'Show the signing key', icon: 'key-round', reads: true },
    z.object({}),
    z.object({ fingerprint: Hash, publicKey: z.string() }),
  ),
}
