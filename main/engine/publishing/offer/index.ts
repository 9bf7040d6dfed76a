/** A repository folder, offered to others over HTTP. */
export { openOffer } from './offer.ts'
export { repositoryDoor } from './repositoryDoor.ts'
