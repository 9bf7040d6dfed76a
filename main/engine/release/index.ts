/**
 * What a release is and where its files lie: the one format that the publisher writes and a device reads. The tree is
 * the same in a folder, on a stick and behind a web server. Trust lies on the documents (Ed25519 signatures and
 * SHA-256), never on the way they came.
 */
export { type Envelope, openEnvelope, readEnvelope, seal } from './envelope.ts'
export {
  Description,
  DeviceReport,
  FORMAT,
  Index,
  KeyFile,
  LIMITS,
  ModelFile,
  Pointer,
  RELEASE_FILES,
  TOKEN_FILE,
} from './format.ts'
export {
  deviceIdOf,
  fingerprintOf,
  generateKey,
  keyFileOf,
  openSigningKey,
  type PublicKey,
  publicKeyFrom,
  type SigningKey,
  signingKeyFrom,
} from './key.ts'
export { type Place, pathOf, placeOf } from './layout.ts'
export { openRepository } from './openRepository.ts'
export { openReport } from './report.ts'
export type { Repository } from './repository.ts'
