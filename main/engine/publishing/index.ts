/** Signed releases in a repository, and the devices that follow it. */
export { createPublishing, type PublishingRoom } from './publishing.ts'
export { publishRelease } from './publishRelease.ts'
export { repositoryDoor } from './repositoryDoor.ts'
