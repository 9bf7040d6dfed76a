import type {
  Device,
  DeviceMetrics,
  DeviceModel,
  DeviceStory,
  DeviceVersion,
  Preview,
  Site,
  SiteModel,
} from '#contract'
import { hash } from '../engine/samples.ts'

/** What a device says of one model. */
export const deviceModel = (changes: Partial<DeviceModel> = {}): DeviceModel => ({
  model: 'strikes',
  wanted: 2,
  reports: 2,
  previous: 1,
  state: 'serving',
  failure: null,
  predictions: 1412,
  errors: 0,
  p50: 1.4,
  switchedAt: '2026-11-21T10:02:00Z',
  ...changes,
})

/** A device as the engine tells it. */
export const device = (changes: Partial<Device> = {}): Device => ({
  id: 'device-1',
  name: 'this computer',
  repository: '/workspace/repository',
  address: 'http://127.0.0.1:8501',
  ours: true,
  health: 'healthy',
  seen: '2026-11-21T10:16:00Z',
  models: [deviceModel()],
  timeline: [
    { at: '2026-11-21T10:02:00Z', event: 'v2 switched in, v1 kept', detail: 'no answer lost' },
    { at: '2026-11-21T10:01:00Z', event: 'Signature checked', detail: 'key 4f2a91c0' },
  ],
  runtime: { node: '24.21.0', platform: 'linux x64', backend: 'wasm', memoryBytes: 90_000_000 },
  ...changes,
})

/** One version that is installed on a device. */
export const deviceVersion = (changes: Partial<DeviceVersion> = {}): DeviceVersion => ({
  version: 2,
  variant: 'float32',
  manifest: 'a'.repeat(64),
  bytes: 81_000,
  role: 'primary',
  since: '2026-11-21T10:02:00Z',
  predictions: 1412,
  errors: 0,
  crashes: 0,
  p50: 1.4,
  p95: 2.2,
  lowConfidence: 40,
  failure: null,
  ...changes,
})

/** A preview as the engine tells it: one device fetches a patch. */
export const preview = (changes: Partial<Preview> = {}): Preview => ({
  site: 'everyone',
  to: '/workspace/repository',
  model: 'strikes',
  version: 2,
  variants: [{ variant: 'float32', bytes: 1_000_000, patches: [] }],
  unit: 'everyone',
  share: 1,
  devices: [],
  bytes: 0,
  wholeBytes: 0,
  blocked: null,
  ...changes,
})

/** What came back from a device: nothing yet. */
export const story = (changes: Partial<DeviceStory> = {}): DeviceStory => ({
  device: 'device-1',
  name: 'this computer',
  site: 'everyone',
  events: [],
  total: 0,
  kinds: {},
  models: [],
  gaps: [],
  broken: [],
  newest: 0,
  receipt: 0,
  heard: null,
  ...changes,
})

/** What a site wants of a model. */
export const siteModel = (changes: Partial<SiteModel> = {}): SiteModel => ({
  site: 'plant-north',
  model: 'strikes',
  stable: 2,
  before: 1,
  rollout: null,
  versions: [2, 1].map(version => ({
    version,
    counter: version,
    variants: [
      {
        variant: 'float32' as const,
        manifest: hash(String(version)),
        runtime: 'tfjs' as const,
        bytes: 81_000,
        memoryBytes: 4_000_000,
        encrypted: false,
      },
    ],
  })),
  floor: 1,
  revoked: [],
  decision: 2,
  ...changes,
})

/** A site as the engine tells it. */
export const site = (changes: Partial<Site> = {}): Site => ({
  name: 'plant-north',
  repository: '/workspace/repository',
  issued: '2026-11-21T10:00:00Z',
  trouble: null,
  models: [siteModel()],
  devices: 3,
  groups: ['cameras', 'line 3'],
  capture: { lowConfidence: 0.6, disagreement: true, random: 0.001, quotaBytes: 200_000_000 },
  bandwidth: { windows: [], bytesPerSecond: null, whole: 'always' },
  pollSeconds: 900,
  encrypted: false,
  roles: [],
  ...changes,
})

/** Figures of a device: none yet. */
export const metrics = (changes: Partial<DeviceMetrics> = {}): DeviceMetrics => ({
  ...{ model: 'strikes', latencyEnds: [], series: [], versions: [], pairs: [] },
  ...changes,
})
