import type { GraphNode, TensorData } from '../../../../graph.ts'
import type { Builder, Lowering } from '../builder.ts'
import type { Range, Value } from '../draft.ts'
import { flag, float, int } from './attributes.ts'

/** A grid of whole numbers that 0 lies on: `real = (q - zeroPoint) * scale`, q from `low` to `high`. */
interface Grid {
  scale: number
  zeroPoint: number
  low: number
  high: number
}

/** The grid of fake quantization, its zero moved onto it as in TensorFlow's `fake_quant_ops_functor.h`. */
function gridOf({ min, max }: Range, bits: number, narrow: boolean): Grid {
  const [low, high] = [narrow ? 1 : 0, 2 ** bits - 1]
  const scale = Math.fround(Math.fround(max - min) / (high - low)) || 1
  const zero = Math.fround(low - Math.fround(min / scale))
  const nudged = zero < low ? low : zero > high ? high : Math.round(zero)
  const shift = 2 ** (bits - 1)
  return { scale, zeroPoint: nudged - shift, low: low - shift, high: high - shift }
}

const rounded = (x: number, { scale, zeroPoint, low, high }: Grid): number =>
  (Math.min(high, Math.max(low, Math.round(x / scale) + zeroPoint)) - zeroPoint) * scale

/**
 * Fake quantization of a constant is done here. Of what is computed it becomes a QUANTIZE with a DEQUANTIZE behind it,
 * or, where only ranges are asked for, the range of the tensor.
 */
function fake(builder: Builder, node: GraphNode, ranges: Range[]): void {
  const x = builder.input(node, 0)
  const [bits, narrow] = [int(node, 'num_bits', 8), flag(node, 'narrow_range')]
  const grids = ranges.map(range => gridOf(range, bits, narrow))
  const [range] = ranges as [Range]
  if (x.data) {
    const data = Float32Array.from(x.data as Float32Array, (value, i) =>
      rounded(value, grids[i % grids.length] as Grid),
    )
    const made = builder.make(node, 'rounded', x.type, x.shape, data as TensorData)
    made.range = ranges.length === 1 ? range : undefined
    builder.alias(node, made)
    return
  }
  if (builder.rangesOnly || bits !== 8 || grids.length > 1) {
    x.range = ranges.length === 1 ? range : undefined
    builder.alias(node, x)
    return
  }
  const [{ scale, zeroPoint }] = grids as [Grid]
  const stored: Value = builder.step(
    node,
    'QUANTIZE',
    [x],
    {},
    { type: 'int8', shape: x.shape, signature: x.signature },
  )
  stored.quantization = { scale: [scale], zeroPoint: [zeroPoint], axis: 0 }
  builder.emit(node, 'DEQUANTIZE', [stored])
  builder.result(node).range = range
}

const numbers = (builder: Builder, node: GraphNode, index: number): number[] =>
  Array.from(builder.constant(node, index).data as Float32Array)

const byInputs: Lowering = (builder, node) => {
  const highs = numbers(builder, node, 2)
  fake(
    builder,
    node,
    numbers(builder, node, 1).map((min, i) => ({ min, max: highs[i] as number })),
  )
}

export const QUANTIZATION: Record<string, Lowering> = {
  FakeQuantWithMinMaxVars: byInputs,
  FakeQuantWithMinMaxVarsPerChannel: byInputs,
  FakeQuantWithMinMaxArgs: (builder, node) =>
    fake(builder, node, [{ min: float(node, 'min', -6), max: float(node, 'max', 6) }]),
}
