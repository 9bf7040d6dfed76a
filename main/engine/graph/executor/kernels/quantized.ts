import { attrOf, type GraphNode, sizeOf } from '../../graph.ts'
import { dequantize } from '../../quantization.ts'
import {
  type Family,
  flag,
  float,
  int,
  type Kernel,
  operandAt,
  scalar,
  tensorAt,
  text,
  unsupported,
} from '../kernel.ts'
import type { Operand } from '../operand.ts'

/** The smallest and largest number of each type that is packed. */
const ENDS: Record<string, [number, number]> = {
  quint8: [0, 255],
  qint8: [-128, 127],
  quint16: [0, 65535],
  qint16: [-32768, 32767],
  qint32: [-(2 ** 31), 2 ** 31 - 1],
}

/** Packed numbers back to floats, in the three ways that TensorFlow packs. */
const unpack: Kernel = ({ node, inputs }) => {
  const mode = text(node, 'mode') ?? 'MIN_COMBINED'
  const type = attrOf(node, 'T', 'type') ?? 'quint8'
  const ends = ENDS[type]
  if (!ends || int(node, 'axis', -1) !== -1)
    throw unsupported(node, `unpacks ${type} values in the mode ${mode}`)
  const [values, min, max] = [
    operandAt(inputs, 0),
    scalar(operandAt(inputs, 1)),
    scalar(operandAt(inputs, 2)),
  ]
  const { shape } = values
  if (mode === 'MIN_FIRST' && type === 'quint8')
    return { dtype: 'float32', shape, data: dequantize(values.data() as Uint8Array, { min, max }) }
  const each = unpacking(node, mode, type, ends, min, max)
  return { dtype: 'float32', shape, data: Float32Array.from(values.data() as Int8Array, each) }
}

function unpacking(
  node: GraphNode,
  mode: string,
  type: string,
  [low, high]: [number, number],
  min: number,
  max: number,
): (value: number) => number {
  const steps = high - low
  if (mode === 'MIN_COMBINED') {
    // Signed ones stand around the middle of their range.
    const half = low < 0 ? (steps + 1) / 2 : 0
    const scale = (max - min) / steps
    return value => (value + half) * scale + min
  }
  if (mode === 'SCALED') {
    const lowest = flag(node, 'narrow_range') ? low + 1 : low
    const scale = low < 0 ? Math.max(min / lowest, max / high) : max / high
    return value => value * Math.fround(scale)
  }
  if (mode === 'MIN_FIRST') {
    const scale = Math.fround(steps === 0 ? 0 : (max - min) / steps)
    const least = Math.round(min / scale) * scale
    return value => (value - low) * scale + least
  }
  throw unsupported(node, `unpacks ${type} values in the mode ${mode}`)
}

interface Range {
  min: number
  max: number
}

/** The nearest range in which zero is a step by itself: FakeQuant's "nudging". */
function nudged({ min, max }: Range, bits: number, narrow: boolean): Range & { scale: number } {
  const [low, high] = [narrow ? 1 : 0, 2 ** bits - 1]
  const scale = Math.fround((max - min) / (high - low))
  const zero = Math.fround(low - min / scale)
  const whole = zero < low ? low : zero > high ? high : Math.round(zero)
  return { min: Math.fround((low - whole) * scale), max: Math.fround((high - whole) * scale), scale }
}

/** Rounds to the steps that a number of bits has between two ends, as training for 8 bits does. */
const fakeQuant =
  (rangesOf: (node: GraphNode, inputs: Operand[]) => Range[]): Kernel =>
  ({ tf, node, inputs }) => {
    const x = tensorAt(inputs, 0)
    const ranges = rangesOf(node, inputs).map(range =>
      nudged(range, int(node, 'num_bits', 8), flag(node, 'narrow_range')),
    )
    const data = x.dataSync()
    const made = new Float32Array(sizeOf(x.shape))
    for (let i = 0; i < made.length; i++) {
      const { min, max, scale } = ranges[i % ranges.length] as (typeof ranges)[number]
      const cut = Math.fround(Math.min(Math.max(data[i] as number, min), max) - min)
      made[i] = scale === 0 ? 0 : Math.floor(Math.fround(cut / scale) + 0.5) * scale + min
    }
    return tf.tensor(made, x.shape, 'float32')
  }

const lists = (inputs: Operand[]): Range[] => {
  const [min, max] = [1, 2].map(i => Array.from(operandAt(inputs, i).data() as Float32Array)) as [
    number[],
    number[],
  ]
  return min.map((value, i) => ({ min: value, max: max[i] as number }))
}

/** Numbers of few bits. */
export const quantized: Family = {
  Dequantize: unpack,
  FakeQuantWithMinMaxArgs: fakeQuant(node => [{ min: float(node, 'min', -6), max: float(node, 'max', 6) }]),
  FakeQuantWithMinMaxVars: fakeQuant((_, inputs) => lists(inputs)),
  FakeQuantWithMinMaxVarsPerChannel: fakeQuant((_, inputs) => lists(inputs)),
}
