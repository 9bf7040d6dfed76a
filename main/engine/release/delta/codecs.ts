import type { Codec } from './patch.ts'
import { add, exclusiveOr, subtract, undoExclusiveOr } from './planes.ts'
import { estimate, openZstdFrame, zstdFrame } from './zstd.ts'

/** One way to make a patch. */
interface Way {
  /** About how long the patch will be; null where it cannot be used for these two. */
  guess(next: Uint8Array, old: Uint8Array): Promise<number> | null
  /** Null where it cannot be used for these two. */
  make(next: Uint8Array, old: Uint8Array): Promise<Uint8Array> | null
  /** Null where patch, old file and length do not belong together. */
  apply(patch: Uint8Array, old: Uint8Array, bytes: number): Promise<Uint8Array | null>
}

/** What is done element by element needs two files of one length. */
const byElement = (
  there: (next: Uint8Array, old: Uint8Array) => Uint8Array,
  back: (difference: Uint8Array, old: Uint8Array) => Uint8Array,
): Way => ({
  guess: (next, old) => (next.length === old.length ? estimate(there(next, old)) : null),
  make: (next, old) => (next.length === old.length ? zstdFrame(there(next, old)) : null),
  async apply(patch, old, bytes) {
    if (bytes !== old.length) return null
    const difference = await openZstdFrame(patch, bytes)
    return difference && back(difference, old)
  },
})

const planes = (width: number): Way =>
  byElement(
    (next, old) => exclusiveOr(next, old, width),
    (difference, old) => undoExclusiveOr(difference, old, width),
  )

export const WAYS: Record<Codec, Way> = {
  sub: byElement(subtract, add),
  xor2: planes(2),
  xor4: planes(4),
  zstd: {
    guess: (next, old) => (old.length > 0 ? estimate(next, old) : null),
    make: (next, old) => (old.length > 0 ? zstdFrame(next, old) : null),
    apply: (patch, old, bytes) => openZstdFrame(patch, bytes, old),
  },
}
