import type { Picture } from '../../engine/encoding/index.ts'

const TAG = 0x0112
const SHORT = 3

/**
 * How a camera says that its picture is to be turned: tag 274 of TIFF, 1 to 8, as EXIF has it (CIPA DC-008).
 * @param tiff from its byte order on
 * @returns 1 (as it is) where it says nothing that can be read
 */
export function orientationIn(tiff: Buffer): number {
  const order = tiff.toString('latin1', 0, 2)
  if (tiff.length < 8 || (order !== 'II' && order !== 'MM')) return 1
  const isLittle = order === 'II'
  const short = (at: number) => (isLittle ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at))
  const start = isLittle ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4)
  if (start + 2 > tiff.length) return 1
  for (let nth = 0, at = start + 2; nth < short(start) && at + 12 <= tiff.length; nth++, at += 12)
    if (short(at) === TAG) {
      const value = short(at + 8)
      return short(at + 2) === SHORT && value >= 1 && value <= 8 ? value : 1
    }
  return 1
}

/** Where a pixel of the turned picture comes from, by orientation: from its place, and the sides of the stored one. */
const FROM: Record<number, (x: number, y: number, width: number, height: number) => [number, number]> = {
  2: (x, y, width) => [width - 1 - x, y],
  3: (x, y, width, height) => [width - 1 - x, height - 1 - y],
  4: (x, y, _, height) => [x, height - 1 - y],
  5: (x, y) => [y, x],
  6: (x, y, _, height) => [y, height - 1 - x],
  7: (x, y, width, height) => [width - 1 - y, height - 1 - x],
  8: (x, y, width) => [width - 1 - y, x],
}

/** A picture as it is to be seen. */
export function turned(picture: Picture, orientation: number): Picture {
  const from = FROM[orientation]
  if (!from) return picture
  const { width, height, channels, data } = picture
  const isSwapped = orientation >= 5
  const size = isSwapped ? { width: height, height: width } : { width, height }
  // Along a row the place it comes from moves by the same step.
  const [right, down] = [from(1, 0, width, height), from(0, 1, width, height)]
  const [first, second] = from(0, 0, width, height)
  const offset = (x: number, y: number) => (y * width + x) * channels
  const start = offset(first, second)
  const step = offset(...right) - start
  const line = offset(...down) - start
  const made = new Uint8Array(size.width * size.height * 3)
  for (let y = 0, to = 0; y < size.height; y++)
    for (let x = 0, at = start + y * line; x < size.width; x++, at += step, to += 3) {
      made[to] = data[at] as number
      made[to + 1] = data[at + 1] as number
      made[to + 2] = data[at + 2] as number
    }
  return { ...size, channels: 3, data: made }
}
