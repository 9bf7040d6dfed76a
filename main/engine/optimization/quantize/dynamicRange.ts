import type { LiteModel, LiteOperator } from '../../graph/index.ts'
import { areFinite } from './choose.ts'
import { bytesOf, floatsOf, SubgraphEdit, withSubgraph } from './edit.ts'
import { isKept } from './keep.ts'
import { quantizeWeights } from './weights.ts'

/** Which input of an operator holds weights, their channels' axis, and whether its kernel takes 8-bit weights as they are. */
const WEIGHTS: Record<string, { inputs: number[]; axis: number | null; hybrid: boolean }> = {
  CONV_2D: { inputs: [1], axis: 0, hybrid: true },
  DEPTHWISE_CONV_2D: { inputs: [1], axis: 3, hybrid: true },
  FULLY_CONNECTED: { inputs: [1], axis: 0, hybrid: true },
  BATCH_MATMUL: { inputs: [1], axis: null, hybrid: true },
  TRANSPOSE_CONV: { inputs: [1], axis: 0, hybrid: false },
  GATHER: { inputs: [0], axis: null, hybrid: false },
  EMBEDDING_LOOKUP: { inputs: [1], axis: null, hybrid: false },
  SVDF: { inputs: [1, 2], axis: null, hybrid: true },
  UNIDIRECTIONAL_SEQUENCE_LSTM: { inputs: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 16], axis: null, hybrid: true },
}

export interface DynamicRangeOptions {
  /** Weights with fewer elements stay float, TensorFlow's is 1024. */
  minElements: number
  /** One scale for a dense kernel, for runtimes that know no others. */
  perTensorDense: boolean
  keepFloat: readonly string[]
}

/**
 * Large weights in 8 bits, everything else in floats: kernels quantize their data as they run, or the weights are
 * unpacked in front of them where they cannot (TensorFlow's quantize_weights.cc). A constant that anything else reads
 * too stays float.
 */
export function dynamicRange(model: LiteModel, options: DynamicRangeOptions): LiteModel {
  const [before] = model.subgraphs
  if (!before) return model
  const edit = new SubgraphEdit(before)
  const readers = new Map<number, [LiteOperator, number][]>()
  for (const operator of before.operators)
    operator.inputs.forEach((tensor, at) => {
      readers.set(tensor, [...(readers.get(tensor) ?? []), [operator, at]])
    })
  const unpack = new Map<number, number>()
  const hybrids = new Set<LiteOperator>()
  for (const [tensor, uses] of readers) {
    const held = before.tensors[tensor]
    const values = floatsOf(held)
    if (!held || !values || values.length < options.minElements || before.outputs.includes(tensor)) continue
    const rules = uses.map(([operator, at]) => {
      const rule = WEIGHTS[operator.op]
      return rule?.inputs.includes(at) && !isKept(operator, before, options.keepFloat) ? rule : undefined
    })
    const [rule] = rules
    if (!rule || rules.some(each => each !== rule) || !areFinite(values)) continue
    const perTensor = options.perTensorDense && uses.some(([operator]) => operator.op === 'FULLY_CONNECTED')
    const { data, quantization } = quantizeWeights(values, held.shape, perTensor ? null : rule.axis)
    const packed = { ...held, type: 'int8' as const, data: bytesOf(data), quantization }
    if (rule.hybrid) {
      edit.tensors[tensor] = packed
      for (const [operator] of uses) hybrids.add(operator)
    } else {
      const { data: _, ...plain } = held
      edit.tensors[tensor] = plain
      unpack.set(tensor, edit.add({ ...packed, name: `${held.name}_int8` }))
    }
  }
  for (const operator of before.operators) {
    for (const input of operator.inputs) {
      const packed = unpack.get(input)
      if (packed === undefined) continue
      unpack.delete(input)
      edit.put({ op: 'DEQUANTIZE', version: 1, inputs: [packed], outputs: [input], options: {} })
    }
    edit.put(
      hybrids.has(operator) && ASYMMETRIC.has(operator.op)
        ? { ...operator, options: { ...operator.options, asymmetric_quantize_inputs: true } }
        : operator,
    )
  }
  return withSubgraph(model, edit.done())
}

/** Those whose options say that data are quantized with a zero point. */
const ASYMMETRIC = new Set(['FULLY_CONNECTED', 'BATCH_MATMUL', 'SVDF', 'UNIDIRECTIONAL_SEQUENCE_LSTM'])
