/** Blobs fetched piece by piece, each checked before it counts. */
export type { PieceDisk, PieceFile } from './disk.ts'
export { fetchBlob } from './fetchBlob.ts'
export { readBlob, readPieces } from './readBlob.ts'
export { openThrottle, type Throttle } from './throttle.ts'
export type { Fetched, Patience, WantedBlob } from './wanted.ts'
