/** A site's repository as one file on a stick. */
export { patchFor } from './needed.ts'
export { openPack } from './openPack.ts'
export { type NewPack, PART_BYTES, type Pack, PackHead, type WrittenPack } from './pack.ts'
export { writePack } from './writePack.ts'
