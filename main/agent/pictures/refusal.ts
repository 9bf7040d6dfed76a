/** Why a file is no picture that is decoded here: the end of a sentence that begins with the picture's name. */
export class Refusal extends Error {
  override name = 'Refusal'
}

export const CUT_OFF = 'is cut off: its end is missing'
export const DAMAGED = 'is damaged: its data cannot be decoded'

/** A picture of more pixels is not decoded: a few bytes may claim any size, and a device has little memory. */
export const MOST_PIXELS = 25_000_000

/** @throws Refusal for a picture without pixels, or with more than are decoded */
export function checkSize(width: number, height: number): void {
  if (width === 0 || height === 0) throw new Refusal('has no pixels')
  if (width * height > MOST_PIXELS)
    throw new Refusal(
      `has ${width} × ${height} pixels, and at most ${MOST_PIXELS.toLocaleString('en')} are decoded here`,
    )
}
