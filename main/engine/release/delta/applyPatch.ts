import { createHash } from 'node:crypto'
import type { Hash } from '#contract'
import { fail } from '../../kit/index.ts'
import { PIECE } from '../format/manifest.ts'
import { WAYS } from './codecs.ts'
import type { Codec, Old } from './patch.ts'

/**
 * Makes a file out of the one that is there, part by part. The hash of the old file is compared before and that of the
 * result at the end, before which nothing of it is to be believed; no more than `bytes` is ever unpacked.
 * @throws Failure `does-not-fit` where the old file is not the one the patch is for; `tampered` where the patch is
 * damaged, or makes something else than was signed
 */
export async function* applyPatch({
  codec,
  patch,
  old,
  base,
  hash,
  bytes,
}: {
  codec: Codec
  patch: Uint8Array
  /** The file that is there, and the hash of the one the patch is for. */
  old: Old
  base: Hash
  /** Of the result, as it was signed. */
  hash: Hash
  bytes: number
}): AsyncGenerator<Uint8Array> {
  const there = createHash('sha256')
  for (let at = 0; at < old.bytes; at += PIECE) there.update(old.part(at, Math.min(old.bytes, at + PIECE)))
  if (there.digest('hex') !== base)
    throw fail(
      'does-not-fit',
      'The file that an update was to be built on is not as it was installed.',
      'The whole file is fetched instead.',
    )
  const made = createHash('sha256')
  try {
    for await (const part of WAYS[codec].apply(patch, old, bytes)) {
      made.update(part)
      yield part
    }
  } catch (cause) {
    throw wrong(cause)
  }
  if (made.digest('hex') !== hash) throw wrong()
}

const wrong = (cause?: unknown) =>
  fail(
    'tampered',
    'A patch does not make the file that was signed; nothing of it is used.',
    'The whole file is fetched instead. If it stays, publish again.',
    { cause },
  )
