import { WAYS } from './codecs.ts'
import { CODECS, type Patch } from './patch.ts'

/** A patch longer than this share of the whole file is not worth what can go wrong with it. */
export const WORTH = 0.6

/**
 * The shortest patch that makes `next` out of `old`: all codecs are tried.
 * @returns null where none is shorter than {@link WORTH} of the whole file
 */
export async function makePatch(old: Uint8Array, next: Uint8Array): Promise<Patch | null> {
  let best: Patch | null = null
  // One after the other: each takes several times the memory of the file.
  for (const codec of CODECS) {
    const content = await WAYS[codec].make(next, old)
    if (content && content.length < (best?.content.length ?? WORTH * next.length)) best = { codec, content }
  }
  return best
}
