import { fitPicture, type Picture, type PictureShape } from './fit.ts'

const keyOf = ({ width, height, channels }: PictureShape): string => `${height}x${width}x${channels}`

/**
 * A picture that came as a file. To everyone who keeps or compares instances it is `{"b64": …}` of its bytes in the shape
 * that it was opened for; a model that takes another shape gets that of the same file.
 */
export class PictureFile {
  readonly b64: string
  readonly #decode: () => Picture
  readonly #fitted = new Map<string, Uint8Array>()

  /**
   * Decodes it once. What was decoded is not kept: it is many times as large.
   * @param decode is called for each shape that is new
   * @throws what `decode` throws
   */
  constructor(decode: () => Picture, shape: PictureShape) {
    this.#decode = decode
    this.b64 = Buffer.from(this.pixels(shape)).toString('base64')
  }

  /** Its bytes in a shape: see `fitPicture`. */
  pixels(shape: PictureShape): Uint8Array {
    const known = this.#fitted.get(keyOf(shape))
    if (known) return known
    const made = fitPicture(this.#decode(), shape)
    this.#fitted.set(keyOf(shape), made)
    return made
  }
}
