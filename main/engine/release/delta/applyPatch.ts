import type { Hash } from '#contract'
import { fail, hashOf } from '../../kit/index.ts'
import { WAYS } from './codecs.ts'
import type { Codec } from './patch.ts'

/**
 * Makes a file out of the one that is there. The hash of the old file is compared before and that of the result after,
 * and no more than `bytes` is ever unpacked.
 * @throws Failure `does-not-fit` where the old file is not the one the patch is for; `tampered` where the patch is
 * damaged, or makes something else than was signed
 */
export async function applyPatch({
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
  old: Uint8Array
  base: Hash
  /** Of the result, as it was signed. */
  hash: Hash
  bytes: number
}): Promise<Uint8Array> {
  if (hashOf(old) !== base)
    throw fail(
      'does-not-fit',
      'The file that an update was to be built on is not as it was installed.',
      'The whole file is fetched instead.',
    )
  const made = await WAYS[codec].apply(patch, old, bytes)
  if (!made || hashOf(made) !== hash)
    throw fail(
      'tampered',
      'A patch does not make the file that was signed; nothing of it is used.',
      'The whole file is fetched instead. If it stays, publish again.',
    )
  return made
}
