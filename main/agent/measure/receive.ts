import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { FailureError, fail, freeBytes } from '../../engine/kit/index.ts'

/** A model of more bytes than this device takes. */
export class TooLarge extends FailureError {}

/** Room that is left free on the disk, in bytes. */
const RESERVE = 16 << 20

/**
 * Writes what arrives into a file, and stops at the first byte too many: what is announced need not be what comes.
 * @returns bytes
 * @throws TooLarge, Failure `bad-input` where nothing came, `disk-full`
 */
export async function receive(
  body: AsyncIterable<Uint8Array> | null,
  path: string,
  most: number,
): Promise<number> {
  const free = Math.max(0, freeBytes(dirname(path)) - RESERVE)
  const file = await open(path, 'w')
  let bytes = 0
  try {
    for await (const chunk of body ?? []) {
      bytes += chunk.length
      if (bytes > most) throw tooLarge(most)
      if (bytes > free)
        throw fail(
          'disk-full',
          'The disk of this device is too full for the model.',
          'Free some space there.',
        )
      await file.writeFile(chunk)
    }
  } finally {
    await file.close()
  }
  if (bytes === 0)
    throw fail('bad-input', 'The request is empty.', 'Send the file of a TFLite model or a GraphDef.')
  return bytes
}

export const tooLarge = (most: number): TooLarge =>
  new TooLarge({
    code: 'bad-input',
    message: `The model is larger than the ${Math.floor(most / 1e6)} MB that this device measures at most.`,
    remedy: 'Measure a smaller variant.',
  })
