import { createHash, randomBytes } from 'node:crypto'
import { createWriteStream, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Context } from 'hono'
import type { Hash } from '#contract'
import { ensureFolder, fail, freeBytes, moveDurably } from '../../kit/index.ts'
import { LIMITS, pathOf } from '../../release/index.ts'

/**
 * Takes a blob into a repository folder: beside its place, checked against its hash, synced, then renamed into it.
 * @throws Failure `tampered` where the content is another, `disk-full`, `bad-input`
 */
export async function takeBlob(folder: string, hash: Hash, c: Context): Promise<void> {
  const path = join(folder, pathOf({ kind: 'blob', hash }))
  const announced = Number(c.req.header('content-length') ?? 0)
  ensureFolder(dirname(path))
  if (announced > LIMITS.blob) throw fail('bad-input', 'The file is too large.', '')
  if (announced + (16 << 20) > freeBytes(folder))
    throw fail('disk-full', 'The disk of the repository is full.', 'Free some space there.')
  const part = join(dirname(path), `.${randomBytes(6).toString('hex')}.part`)
  try {
    const sum = createHash('sha256')
    let bytes = 0
    const watch = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        bytes += chunk.length
        sum.update(chunk)
        done(bytes > LIMITS.blob ? fail('bad-input', 'The file is too large.', '') : null, chunk)
      },
    })
    const body = c.req.raw.body
    await pipeline(body ? Readable.fromWeb(body as never) : Readable.from([]), watch, createWriteStream(part))
    if (sum.digest('hex') !== hash)
      throw fail('tampered', 'The content of the file is not the one of its name.', 'Send it again.')
    await moveDurably(part, path)
  } finally {
    rmSync(part, { force: true })
  }
}
