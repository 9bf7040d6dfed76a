import type { IncomingMessage } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { fail } from '../../engine/kit/index.ts'
import { LONGEST_BODY, TooLong } from './refusal.ts'

const BRACE = 0x7b

/**
 * The text of a request, unpacked where it came as gzip.
 * @throws TooLong, Failure `bad-input` for what is no gzip, or is packed in another way
 */
export async function textOf(incoming: IncomingMessage): Promise<string> {
  const bytes = await bytesOf(incoming)
  // What begins as JSON is not packed; Node takes all headers apart as soon as one of them is asked for.
  if (bytes[0] === BRACE) return bytes.toString()
  const packing = incoming.headers['content-encoding'] ?? 'identity'
  if (packing === 'identity') return bytes.toString()
  if (packing !== 'gzip' && packing !== 'x-gzip')
    throw fail('bad-input', `The request is packed as ${packing.slice(0, 40)}.`, 'Send it plain, or as gzip.')
  try {
    return gunzipSync(bytes, { maxOutputLength: LONGEST_BODY }).toString()
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw new TooLong()
    throw fail('bad-input', 'The request says that it is gzip, and is not.', 'Send it plain, or as gzip.', {
      cause,
    })
  }
}

/** Events, because a loop over the stream takes longer than a small net. */
function bytesOf(incoming: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= LONGEST_BODY) chunks.push(chunk)
      else {
        chunks.length = 0
        reject(new TooLong())
        // What was on its way may still come, so that who sent it gets to read why; one that has no end is cut off.
        if (bytes > 2 * LONGEST_BODY) incoming.destroy()
      }
    })
    incoming.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)))
    incoming.on('error', reject)
  })
}
