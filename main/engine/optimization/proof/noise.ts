/** Sums what quantization adds to one activation, row by row. */
export interface Noise {
  signal: number
  noise: number
}

/** Adds the values of a row, as the float model and the variant give them. */
export function addNoise(sum: Noise, before: ArrayLike<number>, after: ArrayLike<number>): void {
  const count = Math.min(before.length, after.length)
  for (let i = 0; i < count; i++) {
    const value = before[i] as number
    sum.signal += value * value
    sum.noise += (value - (after[i] as number)) ** 2
  }
}

/** Signal to noise in dB, `10 log10(signal / noise)`; null where nothing differs. */
export const snrOf = ({ signal, noise }: Noise): number | null =>
  noise === 0 ? null : 10 * Math.log10(Math.max(signal, Number.MIN_VALUE) / noise)
