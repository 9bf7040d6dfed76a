/** Signed versions for the devices of sites, and how these stand. */
export { repositoryDoor } from './offer/index.ts'
export { createPublishing, type PublishingRoom } from './publishing.ts'
export type { Records, SampleBatch, SampleLine, SampleShelf } from './records/index.ts'
export type { Labeled } from './rollout/evidence.ts'
export type { Desk } from './sites/desk.ts'
export type { Place } from './sites/places.ts'
