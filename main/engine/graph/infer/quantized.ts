import type { DataType } from '../graph.ts'
import { Call, type Known, type Rule } from './rule.ts'

/** Operations whose type as 8-bit values differs from that of their shape, see `quantization_ops` of TensorFlow. */
const RANGE: Known = { dtype: 'float32', shape: [] }

/**
 * The quantized spelling of an operation: its own inputs come first, then a range (minimum, maximum) for each; the
 * answer brings its range along.
 */
export const quantized =
  (rule: Rule, own: number, dtype: (call: Call) => DataType): Rule =>
  call => {
    const plain = rule(new Call(call.node, call.inputs.slice(0, own)))
    const first = Array.isArray(plain) ? plain[0] : plain
    return [{ dtype: dtype(call), shape: first?.shape }, RANGE, RANGE]
  }

const requantize: Rule = call => [
  { dtype: call.type('out_type', 'quint8'), shape: call.input(0).shape },
  RANGE,
  RANGE,
]

/** Between floats and 8-bit values. */
export const QUANTIZED: Record<string, Rule> = {
  Dequantize: call => ({ dtype: call.type('dtype', 'float32'), shape: call.input(0).shape }),
  QuantizeV2: call => [{ dtype: call.type('T', 'quint8'), shape: call.input(0).shape }, RANGE, RANGE],
  QuantizeDownAndShrinkRange: requantize,
  Requantize: requantize,
  RequantizationRange: () => [RANGE, RANGE],
}
