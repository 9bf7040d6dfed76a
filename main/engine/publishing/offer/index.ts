/** A repository folder, offered to others over HTTP. */
export { type CheckBatch, checkSigned, checkWhole } from './checkBatch.ts'
export { HINT_TYPE } from './hint.ts'
export { openOffer } from './offer.ts'
export { type DoorOptions, repositoryDoor } from './repositoryDoor.ts'
export { QUOTA, type Quota } from './takeBatch.ts'
