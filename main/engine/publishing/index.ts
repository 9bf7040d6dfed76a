/** Signed releases in a repository, and the devices that follow it. */
export { repositoryDoor } from './offer/index.ts'
export { createPublishing, type PublishingRoom } from './publishing.ts'
export { publishRelease } from './publishRelease.ts'
