import { setImmediate as breathe } from 'node:timers/promises'
import { type ImageFeature, imageSize, type Picture, PictureFile } from '../../engine/encoding/index.ts'
import { type FailureError, fail } from '../../engine/kit/index.ts'
import { decodeJpeg, isJpeg, openJpeg, readJpeg } from './jpeg.ts'
import { decodePng, isPng, readPng } from './png.ts'
import { MOST_PIXELS, Refusal } from './refusal.ts'

const MOST_MEGAPIXELS = MOST_PIXELS / 1e6

/** Characters of base64 that say what a file is. */
const MARK = 16

/** The file in `{"b64": …}`; null where it is anything else, the very bytes of the pixels among it. */
function fileIn(value: unknown, feature: ImageFeature): Buffer | null {
  if (value === null || typeof value !== 'object' || !('b64' in value)) return null
  const { b64 } = value
  if (typeof b64 !== 'string') return null
  const mark = Buffer.from(b64.slice(0, MARK), 'base64')
  if (!isPng(mark) && !isJpeg(mark)) return null
  const bytes = Buffer.from(b64, 'base64')
  return bytes.length === imageSize(feature) ? null : bytes
}

/**
 * Opens a picture that came as the file of a PNG or a JPEG, and fits it to what a model takes. Its size is looked at
 * before anything is decoded, and one at a time is.
 * @param value of an instance; what is no such file is given back as it is
 * @param row of the instance, from 0, for who sent it
 * @throws Failure `bad-input` where it is damaged, cut off, too large or of a kind that is not decoded
 */
export async function openPicture(value: unknown, feature: ImageFeature, row: number): Promise<unknown> {
  const bytes = fileIn(value, feature)
  if (!bytes) return value
  try {
    const decode = await decoderOf(bytes)
    const made = new PictureFile(decode, feature)
    // Others get their turn between two pictures.
    await breathe()
    return made
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause
    throw refused(feature, row, cause)
  }
}

async function decoderOf(bytes: Buffer): Promise<() => Picture> {
  if (isPng(bytes)) {
    const file = readPng(bytes)
    return () => decodePng(file)
  }
  const file = readJpeg(bytes)
  await openJpeg()
  return () => decodeJpeg(file)
}

const refused = ({ name }: ImageFeature, row: number, cause: Refusal): FailureError =>
  fail(
    'bad-input',
    `Row ${row + 1}: the picture "${name}" ${cause.message}.`,
    `Send the whole file of a PNG or a JPEG of at most ${MOST_MEGAPIXELS} megapixels.`,
    { cause },
  )
