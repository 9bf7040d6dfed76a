import { randomBytes } from 'node:crypto'
import { createWriteStream, rmSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { ensureFolder, fail, freeBytes } from '../engine/kit/index.ts'

/** Space that stays free on the disk whatever is sent. */
const SPARE = 64 * 1024 * 1024

/** A name that is one on every system and cannot lead anywhere. */
function fileName(asked: string): string {
  const last = asked.split(/[\\/]/).at(-1) ?? ''
  const name = [...last]
    // Control characters, and what Windows forbids.
    .map(letter => (letter < ' ' || '<>:"|?*\u007f'.includes(letter) ? '_' : letter))
    .join('')
    .replace(/^\.+|[. ]+$/g, '')
    .slice(-120)
  return name === '' || /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(name) ? `file-${name}` : name
}

/**
 * Writes the body of a request to a file of its own under `folder`, and returns its path. What did not come whole is
 * removed.
 * @throws Failure `bad-input` without a name or when the sender broke off, `disk-full`
 */
export async function receiveFile(request: IncomingMessage, folder: string, name: string): Promise<string> {
  if (name.trim() === '') throw fail('bad-input', 'The file came without a name.', 'Send it with ?name=')
  const place = join(folder, randomBytes(6).toString('hex'))
  ensureFolder(place)
  const path = join(place, fileName(name))
  try {
    const length = Number(request.headers['content-length'] ?? 0)
    if (length > freeBytes(place) - SPARE)
      throw fail(
        'disk-full',
        `The disk has no room for ${name}.`,
        'Free some space and do it again; nothing that was there before is lost.',
      )
    await pipeline(request, createWriteStream(path, { flags: 'wx' }))
    return path
  } catch (error) {
    rmSync(place, { recursive: true, force: true })
    if (['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw fail('bad-input', 'The file did not come whole and was dropped.', 'Send it again.')
    throw error
  }
}
