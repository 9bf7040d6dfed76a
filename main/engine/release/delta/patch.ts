/**
 * How a patch was made; written into the manifest.
 *
 * - `sub`: byte by byte `new - old` modulo 256, then zstd. For weights of one byte.
 * - `xor2`, `xor4`: `new ^ old` sorted into planes of the first, second … byte of each element, then zstd. For weights of
 *   two and four bytes.
 * - `zstd`: a zstd frame (RFC 8878) with the old file as dictionary, as `zstd --patch-from` makes and reads.
 */
export const CODECS = ['sub', 'xor2', 'xor4', 'zstd'] as const
export type Codec = (typeof CODECS)[number]

/** A file that a patch is applied to: read in parts, so that it need not be in memory. */
export interface Old {
  bytes: number
  /** Bytes `from` up to, and without, `to`. */
  part(from: number, to: number): Uint8Array
}

/** A way from one file to another. */
export interface Patch {
  codec: Codec
  content: Uint8Array
}
