/**
 * What a release is and where its files lie: the one format that the publisher writes and a device reads. The tree is
 * the same in a folder, on a stick and behind a web server. Trust lies on the documents (Ed25519 signatures and
 * SHA-256), never on the way they came.
 */
export { applyPatch, CODECS, type Codec, checkZstd, makePatch, type Patch, WORTH } from './delta/index.ts'
export {
  encryptContent,
  openContent,
  openParts,
  openSiteKey,
  sealSiteKey,
} from './encrypted/index.ts'
export { type Envelope, openEnvelope, readEnvelope, seal } from './envelope.ts'
export {
  type Assignment,
  assign,
  decisionOf,
  isForCandidate,
  membersOf,
  type RunsNow,
} from './format/assign.ts'
export { codeOf } from './format/code.ts'
export { Golden } from './format/golden.ts'
export { ANNOTATION, Descriptor, Manifest, MEDIA, PIECE, Pieces } from './format/manifest.ts'
export { modelRole, OPEN_SITE, PLAN_TARGET, SITE_NAME, slugOf, versionTarget } from './format/names.ts'
export { pathOfPlace, placeOfPath, type RepositoryPlace } from './format/places.ts'
export {
  Bandwidth,
  CapturePolicy,
  DeviceId,
  PlanDevice,
  PlanModel,
  PlanVariant,
  PlanVersion,
  Rollout,
  SitePlan,
} from './format/plan.ts'
export {
  Batch,
  CONFIDENCE_RANGES,
  DeviceRecord,
  LATENCY_ENDS,
  MetricsWindow,
  RecordKind,
  Sample,
} from './format/record.ts'
export { ModelConfig, Needs, type ReleaseFile, VersionTerms } from './format/version.ts'
export {
  DeviceReport,
  FORMAT,
  Held,
  LIMITS,
  ModelFile,
  Profile,
  RELEASE_FILES,
  TOKEN_FILE,
} from './format.ts'
export {
  deviceIdOf,
  fingerprintOf,
  generateKey,
  openSigningKey,
  type PublicKey,
  publicKeyFrom,
  type SigningKey,
  signingKeyFrom,
} from './key.ts'
export {
  type NewPack,
  openPack,
  PART_BYTES,
  type Pack,
  PackHead,
  patchFor,
  type WrittenPack,
  writePack,
} from './pack/index.ts'
export {
  type Fetched,
  fetchBlob,
  openThrottle,
  type Patience,
  type PieceDisk,
  type PieceFile,
  readBlob,
  readPieces,
  type Throttle,
  type WantedBlob,
} from './pieces/index.ts'
export { openReport } from './report.ts'
export {
  CHAIN_START,
  type ChainFault,
  chainFaults,
  isWholeBatch,
  newIdentity,
  openBatch,
  openSealed,
  recipientOf,
  recordHash,
  sealBatch,
  sealFor,
} from './sealed/index.ts'
export {
  bytesOf,
  type Content,
  type FilePatch,
  hashOfContent,
  indexBytes,
  type Lane,
  lengthOf,
  listReleases,
  type ManifestFile,
  type NewRelease,
  OciIndex,
  openManifest,
  openSink,
  openSource,
  PATCHED,
  type ReleaseManifest,
  readManifest,
  type Sink,
  type Source,
  type Stream,
  type Travelling,
  type TreeBlob,
  type WrittenRelease,
  writeRelease,
} from './tree/index.ts'
