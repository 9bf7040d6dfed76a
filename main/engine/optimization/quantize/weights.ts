import type { LiteQuantization } from '../../graph/index.ts'
import { NARROWEST, roundAway } from './range.ts'

/** Weights in 8 bits. */
export interface QuantizedWeights {
  data: Int8Array
  quantization: LiteQuantization
  /** Scale of each channel's products with the data. */
  products: number[]
}

/** A 32-bit sum must hold a bias, which may take half of it; TensorFlow asks the same of 64 bits. */
const BIAS_ROOM = (2 ** 31 - 2) / 2

/**
 * Symmetric 8-bit weights in -127..127 with zero at 0: `scale = max |w| / 127` for each index along `axis`, or one for
 * all (TensorFlow Lite's quantization specification). A channel of zeros gets the least scale that TensorFlow's
 * converter gives, since 0 would make every product undefined.
 *
 * @param axis of the output channels; null for one scale
 * @param guard scale of the data, with the bias of each channel where it has 32 bits: where one would take more than half
 * of them, its channel's scale is widened
 */
export function quantizeWeights(
  values: Float32Array,
  shape: number[],
  axis: number | null,
  guard: { bias: Float32Array; scale: number } = { bias: new Float32Array(), scale: 1 },
): QuantizedWeights {
  const channels = axis === null ? 1 : (shape[axis] ?? 1)
  // Elements of one index along the axis lie in runs of `inner`.
  const inner = axis === null ? values.length : shape.slice(axis + 1).reduce((size, each) => size * each, 1)
  const scale: number[] = []
  const products: number[] = []
  for (const [channel, most] of largestOf(values, channels, inner).entries()) {
    const own = Math.fround(Math.max(most, NARROWEST) / 127)
    const product = Math.fround(own * guard.scale)
    const bias = axis === null ? largestIn(guard.bias) : Math.abs(guard.bias[channel] ?? 0)
    const isWide = bias / product > BIAS_ROOM
    scale.push(isWide ? Math.fround(bias / BIAS_ROOM / guard.scale) : own)
    products.push(isWide ? Math.fround(bias / BIAS_ROOM) : product)
  }
  const data = new Int8Array(values.length)
  let at = 0
  while (at < values.length)
    for (let channel = 0; channel < channels; channel++) {
      const inverse = Math.fround(1 / (scale[channel] as number))
      for (const end = at + inner; at < end; at++) {
        // As TensorFlow's converter rounds; the array cuts off what lies behind the point.
        const steps = Math.fround((values[at] as number) * inverse)
        data[at] = steps < 0 ? steps - 0.5 : steps + 0.5
      }
    }
  return { data, products, quantization: { scale, zeroPoint: scale.map(() => 0), axis: axis ?? 0 } }
}

/** The greatest magnitude in each channel. */
function largestOf(values: Float32Array, channels: number, inner: number): number[] {
  const largest = new Array<number>(channels).fill(0)
  let at = 0
  while (at < values.length)
    for (let channel = 0; channel < channels; channel++) {
      let most = largest[channel] as number
      for (const end = at + inner; at < end; at++) {
        const size = Math.abs(values[at] as number)
        if (size > most) most = size
      }
      largest[channel] = most
    }
  return largest
}

const largestIn = (values: Float32Array): number => largestOf(values, 1, values.length)[0] ?? 0

/**
 * Biases in the scale of their products, 32 bits or 64, rounded from the 32-bit product with the scale's inverse as in
 * TensorFlow's converter.
 */
export function quantizeBias(
  values: Float32Array,
  scale: readonly number[],
  bits: 32 | 64,
): Int32Array | BigInt64Array {
  const steps = (value: number, i: number): number => {
    const step = scale[scale.length === 1 ? 0 : i] as number
    return roundAway(Math.fround(value * Math.fround(1 / step)))
  }
  return bits === 64
    ? BigInt64Array.from(values, (value, i) => BigInt(steps(value, i)))
    : Int32Array.from(values, (value, i) => Math.max(-MOST, Math.min(MOST, steps(value, i))))
}

/** Largest bias that 32 bits hold, the same on both sides. */
const MOST = 2 ** 31 - 1
