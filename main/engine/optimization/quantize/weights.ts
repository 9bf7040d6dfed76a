import type { LiteQuantization } from '../../graph/index.ts'
import { roundAway } from './range.ts'

/** Weights in 8 bits. */
export interface QuantizedWeights {
  data: Int8Array
  quantization: LiteQuantization
}

/** A 32-bit sum must hold a bias: TensorFlow widens a channel's scale where `|bias|` takes more than half of it. */
const BIAS_ROOM = 2 ** 31 - 1

/**
 * Symmetric 8-bit weights in -127..127 with zero at 0: `scale = max |w| / 127` for each index along `axis`, or one for
 * all (TensorFlow Lite's quantization specification). A channel of zeros gets a scale of 1, since 0 would make every
 * product undefined.
 *
 * @param axis of the output channels; null for one scale
 * @param guard bias of each channel with the scale of the data, to widen scales so that no 32-bit bias overflows
 */
export function quantizeWeights(
  values: Float32Array,
  shape: number[],
  axis: number | null,
  guard?: { bias: Float32Array; scale: number },
): QuantizedWeights {
  const channels = axis === null ? 1 : (shape[axis] ?? 1)
  // Elements of one index along the axis lie in runs of `inner`.
  const inner = axis === null ? values.length : shape.slice(axis + 1).reduce((size, each) => size * each, 1)
  const largest = new Float32Array(channels)
  for (let i = 0; i < values.length; i++) {
    const channel = axis === null ? 0 : Math.floor(i / inner) % channels
    const size = Math.abs(values[i] as number)
    if (size > (largest[channel] as number)) largest[channel] = size
  }
  const scale = Array.from(largest, (most, channel) => {
    const own = Math.fround(most / 127)
    if (!guard) return own > 0 ? own : 1
    const biases = axis === null ? guard.bias : guard.bias.subarray(channel, channel + 1)
    const bias = biases.reduce((high, value) => Math.max(high, Math.abs(value)), 0)
    if (bias < 0.5 * guard.scale * own * BIAS_ROOM) return own > 0 ? own : 1
    const wide = Math.fround((2 * bias) / (BIAS_ROOM * guard.scale))
    return Math.max(own, wide) > 0 ? Math.max(own, wide) : 1
  })
  const data = new Int8Array(values.length)
  for (let i = 0; i < values.length; i++) {
    const channel = axis === null ? 0 : Math.floor(i / inner) % channels
    const step = scale[channel] as number
    data[i] = Math.min(127, Math.max(-127, roundAway((values[i] as number) / step)))
  }
  return { data, quantization: { scale, zeroPoint: scale.map(() => 0), axis: axis ?? 0 } }
}
