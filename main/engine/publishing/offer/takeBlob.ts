import { join } from 'node:path'
import type { Context } from 'hono'
import type { Hash } from '#contract'
import { fail, moveDurably } from '../../kit/index.ts'
import { LIMITS, pathOfPlace } from '../../release/index.ts'
import { takeFile } from './takeFile.ts'

/**
 * Takes a blob into a repository folder: beside its place, checked against its hash, synced, then renamed into it.
 * @throws Failure `tampered` where the content is another, `disk-full`, `bad-input`
 */
export async function takeBlob(folder: string, hash: Hash, c: Context): Promise<void> {
  const path = join(folder, pathOfPlace({ kind: 'blob', hash }))
  await takeFile(c, path, LIMITS.blob, async (part, sum) => {
    if (sum !== hash)
      throw fail('tampered', 'The content of the file is not the one of its name.', 'Send it again.')
    await moveDurably(part, path)
  })
}
