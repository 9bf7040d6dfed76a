import { WAYS } from './codecs.ts'
import { CODECS, type Codec, type Patch } from './patch.ts'

/** A patch longer than this share of the whole file is not worth what can go wrong with it. */
export const WORTH = 0.6

/**
 * The shortest patch that makes `next` out of `old`. Codecs whose length can be guessed are guessed, and only the
 * shortest of them is made at the best level, beside those that cannot.
 * @returns null where none is shorter than {@link WORTH} of the whole file
 */
export async function makePatch(old: Uint8Array, next: Uint8Array): Promise<Patch | null> {
  const unknown: Codec[] = []
  let likely: { codec: Codec; bytes: number } | null = null
  // One after the other: each takes several times the memory of the file.
  for (const codec of CODECS) {
    const bytes = await WAYS[codec].guess(next, old)
    if (bytes === null) unknown.push(codec)
    else if (bytes < (likely?.bytes ?? Infinity)) likely = { codec, bytes }
  }
  let best: Patch | null = null
  for (const codec of likely ? [likely.codec, ...unknown] : unknown) {
    const content = await WAYS[codec].make(next, old)
    if (content && content.length < (best?.content.length ?? WORTH * next.length)) best = { codec, content }
  }
  return best
}
