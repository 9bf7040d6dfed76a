import { decidedEntries } from './publishing/decided.ts'
import { deviceEntries } from './publishing/device.ts'
import { keysEntries } from './publishing/keys.ts'
import { latencyEntries } from './publishing/latency.ts'
import { metricsEntries } from './publishing/metrics.ts'
import { offerEntries } from './publishing/offer.ts'
import { receivedEntries } from './publishing/received.ts'
import { recordEntries } from './publishing/records.ts'
import { releaseEntries } from './publishing/release.ts'
import { rolloutEntries } from './publishing/rollout.ts'
import { siteEntries } from './publishing/site.ts'
import { stickEntries } from './publishing/stick.ts'

export * from './publishing/decided.ts'
export * from './publishing/device.ts'
export * from './publishing/keys.ts'
export * from './publishing/latency.ts'
export * from './publishing/metrics.ts'
export * from './publishing/names.ts'
export * from './publishing/offer.ts'
export * from './publishing/received.ts'
export * from './publishing/records.ts'
export * from './publishing/release.ts'
export * from './publishing/rollout.ts'
export * from './publishing/site.ts'
export * from './publishing/stick.ts'

/** From a version of a model to the devices of a site, and back. */
export const publishing = {
  ...siteEntries,
  ...releaseEntries,
  ...rolloutEntries,
  ...stickEntries,
  ...receivedEntries,
  ...deviceEntries,
  ...recordEntries,
  ...decidedEntries,
  ...metricsEntries,
  ...latencyEntries,
  ...offerEntries,
  ...keysEntries,
}
