/** Patches between versions of a file of weights. */
export { applyPatch } from './applyPatch.ts'
export { makePatch, WORTH } from './makePatch.ts'
export { CODECS, type Codec, type Patch } from './patch.ts'
export { checkZstd } from './zstd.ts'
