/** Patches between versions of a file of weights. */
export { CODECS, type Codec, type Patch } from './patch.ts'
