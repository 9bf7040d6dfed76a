/** Small things that every helper and room needs and that know none of them. */

export { type Ending, runChild } from './child.ts'
export { crc32c, maskedCrc32c } from './crc32c.ts'
export { embed, embedded } from './embedded.ts'
export { FailureError, fail, failureOf } from './failure.ts'
export {
  atomicWrite,
  copyDurably,
  ensureFolder,
  freeBytes,
  moveDurably,
  sweepParts,
  syncFolder,
  writeDurably,
} from './files.ts'
export { canonicalJson, hashFile, hashOf } from './hash.ts'
export { listen } from './listen.ts'
export { seeded, shuffled } from './random.ts'
export { isSecret } from './secret.ts'
export { openTurns } from './turns.ts'
export { asHash, asJobId, asName, asRunId, now } from './words.ts'
