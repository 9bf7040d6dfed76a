/**
 * Who may say what a device runs: metadata of The Update Framework (TUF 1.0.31), written here and verified here. Knows
 * nothing of models: a target is a path, a length, a hash and what its publisher says of it.
 */
export { openTrustClient } from './client/client.ts'
export { openGenerations } from './client/generations.ts'
export { fingerprintOf, fingerprintOfKeys } from './client/roots.ts'
export type {
  Drill,
  Generation,
  KeyHolder,
  Keyring,
  PublicKey,
  RoleChange,
  RoleKeyName,
  RootKeyName,
  RootTrust,
  Said,
  SiteMemory,
  SiteWriter,
  SiteWriterOptions,
  TrustClient,
  TrustClientOptions,
  TrustDisk,
  TrustStore,
} from './door.ts'
export { drill } from './drill.ts'
export { openKeyring } from './keys/keyring.ts'
export { memorySink, memoryStore } from './memory.ts'
export type {
  Lane,
  MetadataSink,
  MetadataSource,
  RoleName,
  RoleState,
  Trusted,
  TrustedTarget,
} from './trust.ts'
export { openSiteWriter } from './writing/siteWriter.ts'
