/** Sides of the picture that is transformed, and how many of its lowest frequencies make the hash. */
const SIDE = 32
const BITS = 64
/** Amplitudes below this (in levels of gray, of an orthonormal transform) are noise of the encoding. */
const NOISE = 6

const COSINES = Float64Array.from({ length: SIDE * SIDE }, (_, at) => {
  const [k, n] = [Math.floor(at / SIDE), at % SIDE]
  return Math.cos((Math.PI * (2 * n + 1) * k) / (2 * SIDE)) * Math.sqrt((k ? 2 : 1) / SIDE)
})

/** Rows and columns of the frequencies, the lowest first, the mean left out. */
const LOWEST: [number, number][] = Array.from({ length: SIDE * SIDE }, (_, at): [number, number] => [
  Math.floor(at / SIDE),
  at % SIDE,
])
  .sort(([a, b], [c, d]) => a + b - c - d || a - c)
  .slice(1, BITS + 1)

/** The mean of each of 32 x 32 cells of a picture, by the share of each pixel that lies in it. */
export function shrink(luma: Float64Array | Uint8Array, width: number, height: number): Float64Array {
  const along = (
    source: (at: number) => number,
    length: number,
    into: (cell: number, mean: number) => void,
  ) => {
    const step = length / SIDE
    for (let cell = 0; cell < SIDE; cell++) {
      const [from, to] = [cell * step, (cell + 1) * step]
      let sum = 0
      for (let at = Math.floor(from); at < Math.min(length, Math.ceil(to)); at++)
        sum += source(at) * (Math.min(at + 1, to) - Math.max(at, from))
      into(cell, sum / step)
    }
  }
  const rows = new Float64Array(height * SIDE)
  for (let y = 0; y < height; y++)
    along(
      x => luma[y * width + x] as number,
      width,
      (cell, mean) => {
        rows[y * SIDE + cell] = mean
      },
    )
  const cells = new Float64Array(SIDE * SIDE)
  for (let x = 0; x < SIDE; x++)
    along(
      y => rows[y * SIDE + x] as number,
      height,
      (cell, mean) => {
        cells[cell * SIDE + x] = mean
      },
    )
  return cells
}

/**
 * A perceptual hash of 64 bits: the signs of the lowest frequencies of the picture (discrete cosine transform of 32 x 32
 * means of luma, without the mean). A picture that was resized or encoded anew differs in a few bits, another picture in
 * about half of them (after Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010; a sign
 * is steadier than being above the median, near which many frequencies lie). What is too weak to be more than noise
 * counts as not positive. Null: the picture has no structure, such as a plain area, so there is nothing to compare.
 * @param luma 0 to 255, row-major
 * @returns 16 hexadecimal digits
 */
export function perceptualHash(
  luma: Float64Array | Uint8Array,
  width: number,
  height: number,
): string | null {
  const cells = shrink(luma, width, height)
  const half = new Float64Array(SIDE * SIDE)
  for (let k = 0; k < SIDE; k++)
    for (let y = 0; y < SIDE; y++) {
      let sum = 0
      for (let x = 0; x < SIDE; x++)
        sum += (cells[y * SIDE + x] as number) * (COSINES[k * SIDE + x] as number)
      half[y * SIDE + k] = sum
    }
  const amplitudes = LOWEST.map(([row, column]) => {
    let sum = 0
    for (let y = 0; y < SIDE; y++)
      sum += (half[y * SIDE + column] as number) * (COSINES[row * SIDE + y] as number)
    return Math.abs(sum) < NOISE ? 0 : sum
  })
  if (amplitudes.every(amplitude => amplitude === 0)) return null
  let hash = 0n
  for (const amplitude of amplitudes) hash = (hash << 1n) | (amplitude > 0 ? 1n : 0n)
  return hash.toString(16).padStart(16, '0')
}
