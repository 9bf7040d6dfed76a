import type { Device, DeviceModel } from '#contract'

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
