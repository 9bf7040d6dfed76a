/** A site's repository as one file on a stick. */
export { type NewPack, PART_BYTES, type Pack, PackHead, type WrittenPack } from './pack.ts'
