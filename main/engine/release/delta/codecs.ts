import { PIECE } from '../format/manifest.ts'
import type { Codec, Old } from './patch.ts'
import { add, exclusiveOr, subtract, undoExclusiveOr } from './planes.ts'
import { estimate, openZstdFrame, zstdFrame } from './zstd.ts'

/** One way to make a patch. */
interface Way {
  /** About how long the patch will be; null where it cannot be used for these two. */
  guess(next: Uint8Array, old: Uint8Array): Promise<number> | null
  /** Null where it cannot be used for these two. */
  make(next: Uint8Array, old: Uint8Array): Promise<Uint8Array> | null
  /**
   * The file, as it comes, and never more of it than `bytes`.
   * @throws Error where patch, old file and length do not belong together
   */
  apply(patch: Uint8Array, old: Old, bytes: number): AsyncIterable<Uint8Array>
}

/** What is done element by element needs two files of one length. */
const byElement = (
  there: (next: Uint8Array, old: Uint8Array) => Uint8Array,
  back: (difference: AsyncIterable<Uint8Array>, old: Old) => AsyncIterable<Uint8Array>,
): Way => ({
  guess: (next, old) => (next.length === old.length ? estimate(there(next, old)) : null),
  make: (next, old) => (next.length === old.length ? zstdFrame(there(next, old)) : null),
  async *apply(patch, old, bytes) {
    if (bytes !== old.bytes) throw new RangeError('The lengths differ')
    yield* back(openZstdFrame(patch, bytes), old)
  },
})

const planes = (width: number): Way =>
  byElement(
    (next, old) => exclusiveOr(next, old, width),
    async function* (difference, old) {
      // The bytes of one element are far apart: all of the difference is needed, and the files in parts.
      const all = Buffer.allocUnsafe(old.bytes)
      let length = 0
      for await (const part of difference) {
        all.set(part, length)
        length += part.length
      }
      for (let at = 0; at < old.bytes; at += PIECE)
        yield undoExclusiveOr(all, old.part(at, Math.min(old.bytes, at + PIECE)), width, at)
    },
  )

export const WAYS: Record<Codec, Way> = {
  sub: byElement(subtract, async function* (difference, old) {
    let at = 0
    for await (const part of difference) {
      yield add(part, old.part(at, at + part.length))
      at += part.length
    }
  }),
  xor2: planes(2),
  xor4: planes(4),
  zstd: {
    guess: (next, old) => (old.length > 0 ? estimate(next, old) : null),
    make: (next, old) => (old.length > 0 ? zstdFrame(next, old) : null),
    // A dictionary is looked into anywhere.
    apply: (patch, old, bytes) => openZstdFrame(patch, bytes, old.part(0, old.bytes)),
  },
}
