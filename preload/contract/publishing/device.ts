import { z } from 'zod'
import { call, watch } from '../call.ts'
import { VariantKind } from '../evaluation.ts'
import { Failure } from '../failure.ts'
import { At, Name } from '../ids.ts'
import { GroupName, SiteName } from './names.ts'

/** One version on one device, and how it does there. Counts are since it was installed. */
export const DeviceVersion = z.object({
  version: z.int(),
  variant: VariantKind,
  /** Of its manifest. */
  manifest: z.string().max(64),
  bytes: z.int(),
  role: z.enum(['primary', 'candidate', 'previous', 'kept', 'quarantined']),
  since: At.nullable(),
  predictions: z.int(),
  errors: z.int(),
  /** Times the process ended while it served. */
  crashes: z.int(),
  p50: z.number().nullable(),
  p95: z.number().nullable(),
  /** Answers whose best score was below what the site captures by, or 0.5. */
  lowConfidence: z.int(),
  /** Why it is in quarantine. */
  failure: Failure.nullable(),
})
export type DeviceVersion = z.infer<typeof DeviceVersion>

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
  /** The form of the version it runs. */
  variant: VariantKind.nullable().optional(),
  /** Why it is wanted: a person's choice for this device, a rollout, or what everyone runs. */
  by: z.enum(['choice', 'rollout', 'stable']).optional(),
  /** The person's decision that it follows, and the floor it knows. */
  decision: z.int().optional(),
  floor: z.int().optional(),
  /** Answers a share of items, or computes beside the one that answers. */
  candidate: z
    .object({
      version: z.int(),
      share: z.number(),
      shadow: z.boolean(),
      rollout: z.string().max(60),
      /** Items that both computed, and those of them on which they differ. */
      compared: z.int(),
      disagreements: z.int(),
    })
    .nullable()
    .optional(),
  /** All that are installed. */
  versions: z.array(DeviceVersion).max(50).optional(),
})
export type DeviceModel = z.infer<typeof DeviceModel>

/** What a device can hold and compute. */
export const DeviceProfile = z.object({
  name: z.string().max(80),
  threads: z.int(),
  /** Most bytes that models may take of memory and of disk. */
  memoryBytes: z.int(),
  flashBytes: z.int(),
  /** Forms that it may run; null: all that its runtimes can. */
  variants: z.array(VariantKind).max(20).nullable(),
})
export type DeviceProfile = z.infer<typeof DeviceProfile>

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
  /** The site it belongs to; null: it said none. */
  site: z.string().nullable().optional(),
  /** Eight digits that it shows; who approves it compares them. */
  code: z.string().nullable().optional(),
  enrolled: z.boolean().optional(),
  groups: z.array(z.string()).optional(),
  /** Model name to the version a person chose for it. */
  use: z.record(z.string(), z.int()).optional(),
  /** When the plan that it follows was signed; null: it has none. */
  plan: At.nullable().optional(),
  /** It follows the newest plan of its site. */
  upToDate: z.boolean().optional(),
  profile: DeviceProfile.nullable().optional(),
  /** What its clock said, and whether that is behind nothing that was signed. */
  clock: z.object({ says: At, trusted: z.boolean() }).nullable().optional(),
  /** Its newest record, and those of its records that have arrived here. */
  records: z.object({ newest: z.int(), received: z.int() }).nullable().optional(),
  /** Fetched since it was enrolled, and how much of it by patches; free on its disk; waiting to be sent. */
  bytes: z
    .object({ fetched: z.int(), patched: z.int(), free: z.int().nullable(), waiting: z.int() })
    .nullable()
    .optional(),
})
export type Device = z.infer<typeof Device>

/** The devices of a site, and those beside the window. */
export const deviceEntries = {
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
  /** Devices of a site, those not heard of for weeks included, and those that wait to be approved. */
  deviceList: call(
    { title: 'List devices', icon: 'hard-drive', command: 'device list', reads: true },
    z.object({
      site: SiteName.optional(),
      group: GroupName.optional(),
      waiting: z.boolean().default(false).describe('only those that are not approved'),
    }),
    z.object({ devices: z.array(Device) }),
  ),
  deviceShow: call(
    { title: 'Show a device', icon: 'hard-drive', command: 'device show', positional: ['id'], reads: true },
    z.object({ id: z.string().min(1).describe('its id, the beginning of it, its name or its code') }),
    Device,
  ),
  deviceApprove: call(
    {
      title: 'Approve a device',
      icon: 'badge-check',
      command: 'device approve',
      positional: ['code'],
      undo: 'Forget it',
      paths: { code: 'existing', request: 'existing' },
    },
    z.object({
      code: z
        .string()
        .max(4096)
        .regex(
          /^\d{4}[- ]?\d{4}$|\.req$/,
          'must be the eight digits that the device shows, as 1234-5678, or the file enrol-….req that it wrote onto a stick',
        ),
      site: SiteName.optional(),
      name: Name.optional().describe('what to call it'),
      group: z.array(GroupName).max(20).optional(),
      request: z.string().optional().describe('its file enrol-….req, to be compared with the digits'),
    }),
    Device,
  ),
  deviceGroup: call(
    {
      title: 'Put a device into groups',
      icon: 'group',
      command: 'device group',
      positional: ['id', 'group'],
      undo: 'Put it back',
    },
    z.object({
      id: z.string().min(1),
      /** All that it is to be in. */
      group: z.array(GroupName).max(20).default([]),
    }),
    Device,
  ),
  /** Has one device run a version, before anything else that is wanted there. */
  deviceUse: call(
    {
      title: 'Choose the version of a device',
      icon: 'arrow-left-right',
      command: 'device use',
      positional: ['id', 'model', 'version'],
      undo: 'Choose the other again',
    },
    z.object({
      id: z.string().min(1),
      model: Name,
      /** Left out: whatever the site wants. */
      version: z.int().min(1).optional(),
    }),
    Device,
  ),
  deviceForget: call(
    { title: 'Forget a device', icon: 'trash-2', command: 'device forget', positional: ['id'], final: true },
    z.object({ id: z.string().min(1) }),
    z.object({ forgotten: z.string() }),
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
      /** Default: the only one of the repository. */
      site: SiteName.optional(),
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
}
