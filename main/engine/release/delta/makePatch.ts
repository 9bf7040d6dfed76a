import { WAYS } from './codecs.ts'
import { CODECS, type Codec, type Patch } from './patch.ts'

/** A patch longer than this share of the whole file is not worth what can go wrong with it. */
export const WORTH = 0.6

/** Guesses are out by less than this factor. */
const NEAR = 1.25

/**
 * The shortest patch that makes `next` out of `old`. The length of each codec's is guessed first, and only those that
 * may turn out the shortest are made at the best level.
 * @returns null where none is shorter than {@link WORTH} of the whole file
 */
export async function makePatch(old: Uint8Array, next: Uint8Array): Promise<Patch | null> {
  const guesses = new Map<Codec, number>()
  // One after the other: each takes several times the memory of the file.
  for (const codec of CODECS) {
    const bytes = await WAYS[codec].guess(next, old)
    if (bytes !== null) guesses.set(codec, bytes)
  }
  const least = Math.min(...guesses.values())
  let best: Patch | null = null
  for (const [codec, guess] of guesses) {
    if (guess > NEAR * least) continue
    const content = await WAYS[codec].make(next, old)
    if (content && content.length < (best?.content.length ?? WORTH * next.length)) best = { codec, content }
  }
  return best
}
