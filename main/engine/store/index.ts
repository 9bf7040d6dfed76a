/** The workspace on disk: one folder with a database, content-addressed blobs and a place for unfinished files. */
export type { Blobs } from './blobs.ts'
export { type Collection, collection } from './collection.ts'
export { openPack, type Pack } from './pack.ts'
export { openStore, type Store, WORKSPACE_FORMAT } from './store.ts'
