import { type FailureError, fail } from '../../kit/index.ts'
import { PictureFile } from '../pictures/index.ts'
import type { ImageFeature, ImageScale, TransformSpec } from '../spec.ts'
import type { Kind } from './kind.ts'

/** Of red, green and blue of ImageNet, in bytes and as shares; as Keras' `imagenet_utils.preprocess_input` has them. */
const MEAN_BYTES = [123.68, 116.779, 103.939]
const MEAN = [0.485, 0.456, 0.406]
const DEVIATION = [0.229, 0.224, 0.225]

/** What a byte of a channel becomes. */
const VALUE: Record<ImageScale, (value: number, channel: number) => number> = {
  '0..255': value => value,
  '0..1': value => value / 255,
  '-1..1': value => value / 127.5 - 1,
  caffe: (value, channel) => value - (MEAN_BYTES[channel] as number),
  imagenet: (value, channel) => (value / 255 - (MEAN[channel] as number)) / (DEVIATION[channel] as number),
}

/** Scales that are of colors, and in which order they give them. */
export const IMAGE_SCALES = Object.keys(VALUE) as ImageScale[]
export const needsColor = (scale: ImageScale): boolean => scale === 'caffe' || scale === 'imagenet'

export const imageSize = ({ height, width, channels }: Omit<ImageFeature, 'name' | 'kind'>): number =>
  height * width * channels

/** A picture comes as bytes, as lists of values from 0 to 255, as `{"b64": …}` of its bytes, or as a file that was opened. */
export const image: Kind<ImageFeature> = {
  width: imageSize,
  encode(spec, [pictures = []], _, out, offset, stride) {
    const { channels, scale } = spec
    const reversed = scale === 'caffe'
    const value = VALUE[scale]
    pictures.forEach((picture, row) => {
      const pixels = pixelsIn(spec, picture, row)
      const from = offset + row * stride
      if (pixels instanceof Uint8Array) {
        lookUp(pixels, tablesOf(scale), channels, reversed, out, from)
        return
      }
      for (let at = 0; at < pixels.length; at += channels)
        for (let channel = 0; channel < channels; channel++)
          out[from + at + (reversed ? channels - 1 - channel : channel)] = value(
            pixels[at + channel] as number,
            channel,
          )
    })
  },
}

/** What each byte becomes, by channel; made once, since a picture has many and a device encodes one at a time. */
const tables = new Map<ImageScale, Float32Array[]>()

function tablesOf(scale: ImageScale): Float32Array[] {
  let made = tables.get(scale)
  if (!made) {
    made = [0, 1, 2].map(channel =>
      Float32Array.from({ length: 256 }, (_, byte) => VALUE[scale](byte, channel)),
    )
    tables.set(scale, made)
  }
  return made
}

function lookUp(
  pixels: Uint8Array,
  of: readonly Float32Array[],
  channels: number,
  reversed: boolean,
  out: Float32Array,
  from: number,
): void {
  for (let channel = 0; channel < channels; channel++) {
    const table = of[channel] as Float32Array
    const to = from + (reversed ? channels - 1 - channel : channel)
    for (let at = 0; at + channel < pixels.length; at += channels)
      out[to + at] = table[pixels[at + channel] as number] as number
  }
}

/** The feature of a transform that takes pictures; null where it takes none. */
export const imageOf = ({ features }: TransformSpec): ImageFeature | null =>
  features.length === 1 && features[0]?.kind === 'image' ? features[0] : null

function pixelsIn(spec: ImageFeature, picture: unknown, row: number): ArrayLike<number> {
  const size = imageSize(spec)
  if (picture instanceof PictureFile) return picture.pixels(spec)
  if (picture instanceof Uint8Array) {
    if (picture.length !== size) throw refused(spec, row, `brings ${picture.length} bytes`)
    return picture
  }
  if (Array.isArray(picture)) return valuesIn(spec, picture, row)
  if (picture !== null && typeof picture === 'object' && 'b64' in picture)
    return bytesIn(spec, (picture as { b64: unknown }).b64, row)
  throw refused(spec, row, `is ${typeof picture === 'string' ? 'a text' : 'no picture'}`)
}

function bytesIn(spec: ImageFeature, text: unknown, row: number): Uint8Array {
  const size = imageSize(spec)
  if (typeof text === 'string' && text.length === 4 * Math.ceil(size / 3)) {
    const bytes = Buffer.from(text, 'base64')
    // What is no base64 is skipped, and so would be missed.
    if (bytes.length === size && /^[\w+/-]{2,4}={0,2}$/.test(text.slice(-4))) return bytes
  }
  if (typeof text !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(text))
    throw refused(spec, row, 'has a "b64" that is no base64')
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length === size) return bytes
  const format = MAGIC.find(({ match }) => match.test(bytes.toString('latin1', 0, 12)))?.name
  throw refused(
    spec,
    row,
    format ? `is a ${format} file, which is not decoded here` : `brings ${bytes.length} bytes`,
  )
}

const MAGIC = [
  { name: 'JPEG', match: /^\xff\xd8\xff/ },
  { name: 'PNG', match: /^\x89PNG/ },
  { name: 'GIF', match: /^GIF8/ },
  { name: 'WebP', match: /^RIFF[\s\S]{4}WEBP/ },
  { name: 'BMP', match: /^BM/ },
]

/** Values one after another, or nested as rows of pixels; a gray pixel may be a number or a list of one. */
function valuesIn(spec: ImageFeature, picture: unknown[], row: number): Float64Array {
  const { height, width, channels } = spec
  const values = new Float64Array(imageSize(spec))
  let at = 0
  const take = (value: unknown) => {
    if (typeof value !== 'number' || !(value >= 0 && value <= 255))
      throw refused(
        spec,
        row,
        `has ${JSON.stringify(value)?.slice(0, 40)} as a value, which is not from 0 to 255`,
      )
    values[at++] = value
  }
  const list = (value: unknown, length: number, what: string): unknown[] => {
    if (!Array.isArray(value) || value.length !== length)
      throw refused(
        spec,
        row,
        `has ${Array.isArray(value) ? `${value.length} ${what}` : `no list of ${what}`}, not ${length}`,
      )
    return value
  }
  if (!Array.isArray(picture[0])) list(picture, values.length, 'values').forEach(take)
  else
    for (const line of list(picture, height, 'rows'))
      for (const pixel of list(line, width, 'pixels in a row'))
        if (channels === 1 && !Array.isArray(pixel)) take(pixel)
        else list(pixel, channels, 'channels in a pixel').forEach(take)
  return values
}

function refused(spec: ImageFeature, row: number, how: string): FailureError {
  const { name, height, width, channels } = spec
  return fail(
    'bad-input',
    `Row ${row + 1}: the picture "${name}" ${how}.`,
    `Send ${height} × ${width} × ${channels} values from 0 to 255 as lists [row][column][channel] or one after another, or {"b64": …} of the ${imageSize(spec)} bytes${channels === 3 ? ', red, green and blue of each pixel' : ''}; a device takes {"b64": …} of a PNG or JPEG file, too.`,
  )
}
