import { createHash, randomBytes } from 'node:crypto'
import { createWriteStream, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Context } from 'hono'
import type { Hash } from '#contract'
import { ensureFolder, fail, freeBytes } from '../../kit/index.ts'

/** Kept free on the disk: a repository that fills it would take its own metadata's place. */
const RESERVE = 16 << 20

/**
 * Takes what comes in into a file beside its place, for `use` to move or read; it is gone afterwards.
 * @throws Failure `disk-full`, `bad-input` for more than `most` bytes
 */
export async function takeFile<T>(
  c: Context,
  path: string,
  most: number,
  use: (part: string, hash: Hash, bytes: number) => Promise<T>,
): Promise<T> {
  const tooLarge = () => fail('bad-input', `The file is longer than ${most} bytes.`, '')
  const announced = Number(c.req.header('content-length') ?? 0)
  ensureFolder(dirname(path))
  if (announced > most) throw tooLarge()
  if (announced + RESERVE > freeBytes(dirname(path)))
    throw fail('disk-full', 'The disk of the repository is full.', 'Free some space there.')
  const part = join(dirname(path), `.${randomBytes(6).toString('hex')}.part`)
  try {
    const sum = createHash('sha256')
    let bytes = 0
    const watch = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        bytes += chunk.length
        sum.update(chunk)
        done(bytes > most ? tooLarge() : null, chunk)
      },
    })
    const body = c.req.raw.body
    await pipeline(body ? Readable.fromWeb(body as never) : Readable.from([]), watch, createWriteStream(part))
    return await use(part, sum.digest('hex') as Hash, bytes)
  } finally {
    rmSync(part, { force: true })
  }
}
