import type { Hash } from '#contract'
import { asHash } from '../../kit/index.ts'
import type { Store } from '../../store/index.ts'

/** What a version of pictures keeps beside its rows. */
export interface KeptPictures {
  /** The file that lists the contents: their hashes in order, 32 bytes each. */
  list: Hash
  /** How they were measured. */
  measuring: number
}

/** The contents of all pictures of a version. @throws Failure not-found */
export function contentsOf(store: Store, { list }: KeptPictures): Hash[] {
  const bytes = store.blobs.read(list)
  return Array.from({ length: bytes.length / 32 }, (_, at) =>
    asHash(bytes.subarray(at * 32, at * 32 + 32).toString('hex')),
  )
}

/** Whether the contents of all pictures of a version are in the workspace. */
export const hasContents = (store: Store, kept: KeptPictures | undefined): boolean =>
  !kept || (store.blobs.has(kept.list) && contentsOf(store, kept).every(store.blobs.has))
