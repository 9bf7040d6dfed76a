import { broadcastsWide, byType, flag, given, is, perChannel, type Rule, rankAt, typeAt } from './rules.ts'

/** Eight-bit weights under float values; the scheme that does not assume that inputs are symmetric came later. */
const hybrid =
  (weights: number, symmetric: number, asymmetric: number): Rule =>
  signature => {
    if (typeAt(signature, weights) !== 'int8' || signature.outputs[0]?.type !== 'float32') return 1
    return flag(signature, 'asymmetric_quantize_inputs') ? asymmetric : symmetric
  }

/** Sixteen-bit values over eight-bit weights came with the sixteen-bit kernels. TensorFlow's own table misses them. */
const sixteenBit: (signature: Parameters<Rule>[0]) => boolean = signature =>
  typeAt(signature, 0) === 'int16' && signature.outputs[0]?.type === 'int16'

const biasTyped = (signature: Parameters<Rule>[0]): boolean =>
  is(signature, 'int16', 'int8', 'int16') && given(signature, 'quantized_bias_type', 'FLOAT32')

const conv2d: Rule = signature => {
  const [input, filter] = signature.inputs
  if (biasTyped(signature)) return 8
  if (input && input.shape.length > 0 && input.shape[3] !== filter?.shape[3]) return 6
  if (sixteenBit(signature)) return 4
  if (is(signature, 'int8', 'int8', 'int8')) return 3
  if (is(signature, 'int8', 'int4', 'int8')) return 7
  if (is(signature, 'float32', 'int8', 'float32')) return perChannel(filter, 0) ? 5 : 2
  return 1
}

const depthwise: Rule = signature => {
  if (sixteenBit(signature)) return 5
  if (is(signature, 'float32', 'int8', 'float32')) return perChannel(signature.inputs[1], 3) ? 6 : 4
  if (is(signature, 'int8', 'int8', 'int8')) return 3
  if (is(signature, 'int8', 'int4', 'int8')) return 7
  const { dilation_w_factor: w = 1, dilation_h_factor: h = 1 } = signature.operator.options
  return w !== 1 || h !== 1 ? 2 : 1
}

const fullyConnected: Rule = signature => {
  const weights = signature.inputs[1]
  if (weights?.type === 'int2') return 14
  if (is(signature, 'int16', 'int4', 'int16')) return 13
  const floats = is(signature, 'float32', 'int8', 'float32')
  if (floats && perChannel(weights, 0)) return 12
  if (biasTyped(signature)) return 11
  if (weights?.carried?.sparsity) return 8
  if (sixteenBit(signature)) return 7
  if (signature.inputs.length === 2) return 6
  if (flag(signature, 'keep_num_dims')) return 5
  if (is(signature, 'int8', 'int8', 'int8')) return 4
  if (is(signature, 'int8', 'int4', 'int8')) return 10
  if (floats) return flag(signature, 'asymmetric_quantize_inputs') ? 9 : 3
  return given(signature, 'weights_format', 'DEFAULT') ? 2 : 1
}

const transposeConv: Rule = signature => {
  const { inputs, outputs } = signature
  const wide = typeAt(signature, 2) === 'int16' && outputs[0]?.type === 'int16'
  if (wide && given(signature, 'quantized_bias_type', 'FLOAT32')) return 5
  if (given(signature, 'fused_activation_function', 'NONE')) return 4
  if (inputs[3]) return 3
  return typeAt(signature, 1) === 'int8' ? 2 : 1
}

const multiply: Rule = signature => {
  const { inputs, outputs } = signature
  const type = typeAt(signature, 0)
  const [a, b, out] = [inputs[0], inputs[1], outputs[0]].map(tensor => tensor?.quantization?.scale[0])
  if (type === 'float16') return 8
  if ((type === 'int16' && !a && !b) || type === 'uint32') return 7
  if (type === 'complex64') return 6
  if (type === 'int64') return 5
  if (type === 'int16') return 4
  if (a && b && out && Math.fround(Math.fround(a * b) / out) >= 1) return 3
  return type === 'int8' ? 2 : 1
}

const add: Rule = signature => {
  const type = typeAt(signature, 0)
  if (type === 'float16') return 6
  if (type === 'int16' && !signature.inputs[0]?.quantization) return 5
  if (type === 'int64') return 4
  if (sixteenBit(signature) && signature.operator.options.pot_scale_int16 === false) return 3
  return type === 'int8' ? 2 : 1
}

const subtract: Rule = signature => {
  const type = typeAt(signature, 0)
  if (sixteenBit(signature) && signature.operator.options.pot_scale_int16 === false) return 5
  if (type === 'int64') return 4
  if (broadcastsWide(signature)) return 3
  return type === 'int8' ? 2 : 1
}

const extremes: Rule = signature => {
  if (sixteenBit(signature)) return 4
  if (broadcastsWide(signature)) return 3
  return typeAt(signature, 0) === 'int8' ? 2 : 1
}

const batches: Rule = signature => {
  if (typeAt(signature, 0) === 'int16') return 4
  if (rankAt(signature, 0) !== 4) return 3
  return typeAt(signature, 0) === 'int8' ? 2 : 1
}

const pad: Rule = signature => {
  if (typeAt(signature, 0) === 'bool') return 5
  if (rankAt(signature, 0) > 4) return 4
  return byType('int16:3 int8:2')(signature)
}

const transpose: Rule = signature => {
  const type = typeAt(signature, 0)
  const rank = rankAt(signature, 0)
  if (rank > 6 || type === 'bfloat16') return 8
  if (type === 'int4') return 7
  if (rank > 5) return 6
  if (type === 'int16') return 5
  return rank > 4 ? 4 : byType('bool:3 int8:2')(signature)
}

const slice: Rule = signature => {
  const early = byType('int4:7 uint32:6')(signature)
  if (early > 1) return early
  return rankAt(signature, 0) > 4 ? 5 : byType('int16:4 string:3 int8:2')(signature)
}

const stridedSlice: Rule = signature => {
  const { ellipsis_mask: ellipsis = 0, new_axis_mask: newAxis = 0 } = signature.operator.options
  if (flag(signature, 'offset')) return 8
  if (typeAt(signature, 0) === 'uint32') return 7
  if (ellipsis !== 0 || newAxis !== 0) return 6
  if (typeAt(signature, 0) === 'string') return 5
  return rankAt(signature, 0) > 4 ? 4 : byType('bool:3 int8:2')(signature)
}

const gather: Rule = signature => {
  if (typeAt(signature, 0) === 'int4') return 7
  if (typeAt(signature, 1) === 'int16') return 6
  const { batch_dims: batches = 0 } = signature.operator.options
  return batches !== 0 ? 5 : byType('int16:4 bool:3 int8:2')(signature)
}

const resizeBilinear: Rule = signature => {
  if (typeAt(signature, 0) === 'int16') return 4
  if (flag(signature, 'half_pixel_centers')) return 3
  return typeAt(signature, 0) === 'int8' ? 2 : 1
}

const resizeNearest: Rule = signature =>
  flag(signature, 'align_corners') && typeAt(signature, 0) !== 'int16' ? 3 : resizeBilinear(signature)

const dequantize: Rule = signature => {
  const [input] = signature.inputs
  if (input?.type !== 'int8') return byType('uint4:8 int2:7 int4:6 int16,float16:3')(signature)
  return severalScales(input) ? 5 : 2
}

const quantize: Rule = signature => {
  const types = [typeAt(signature, 0), signature.outputs[0]?.type]
  if (types.includes('uint4')) return 5
  if (types.includes('int4')) return 4
  if (severalScales(signature.outputs[0])) return 3
  return types[1] === 'int16' ? 2 : 1
}

const severalScales = (tensor: Parameters<typeof perChannel>[0]): boolean =>
  (tensor?.quantization?.scale.length ?? 0) > 1 && perChannel(tensor, tensor?.quantization?.axis ?? 0)

const cast: Rule = signature => {
  const types = [typeAt(signature, 0), signature.outputs[0]?.type]
  const has = (...wanted: string[]) => wanted.some(type => types.includes(type as (typeof types)[0]))
  if (has('int2', 'uint4')) return 8
  if (has('bfloat16')) return 7
  if (types[0] === 'int4' && types[1] === 'float32') return 6
  if (has('float64', 'float16')) return 5
  if (has('uint16')) return 4
  if (has('int8')) return 3
  return has('uint32') ? 2 : 1
}

const select: Rule = signature => {
  if (typeAt(signature, 0) === 'uint32') return 4
  if ([0, 1, 2].some(input => rankAt(signature, input) === 5)) return 3
  return typeAt(signature, 0) === 'int8' ? 2 : 1
}

const lstm: Rule = signature => {
  const full = !given(signature, 'kernel_type', 'FULL')
  if (full && typeAt(signature, 2) === 'int8') {
    if (sixteenBit(signature)) return 5
    if (typeAt(signature, 0) === 'float32') return flag(signature, 'asymmetric_quantize_inputs') ? 4 : 3
  }
  return full ? 1 : 2
}

const sequenceLstm: Rule = signature => {
  if (sixteenBit(signature) && typeAt(signature, 2) === 'int8') return 5
  if (flag(signature, 'diagonal_recurrent_tensors')) return 4
  return typeAt(signature, 0) === 'float32' ? hybrid(2, 2, 3)(signature) : 1
}

const embedding: Rule = signature => {
  const [, weights] = signature.inputs
  if (weights?.type === 'int2') return 5
  const rows = (weights?.quantization?.scale.length ?? 0) > 1 && perChannel(weights, 0)
  return weights?.type === 'int4' || rows ? 4 : 1
}

const svdf: Rule = signature =>
  typeAt(signature, 0) === 'int8' ? 3 : typeAt(signature, 0) === 'float32' ? hybrid(1, 2, 4)(signature) : 1

const batchMatMul: Rule = signature => {
  const early = byType('int16:3 int8:2')(signature)
  return early > 1 ? early : hybrid(1, 1, 4)(signature)
}

const abs: Rule = signature =>
  typeAt(signature, 0) === 'int16'
    ? signature.inputs[0]?.quantization
      ? 3
      : 4
    : byType('int32:5 int8,uint8:2')(signature)

const dynamicUpdateSlice: Rule = signature => {
  const early = byType('bfloat16:6 int4:5 int16:4 float16:3')(signature)
  return early > 1 ? early : byType('int64:2', 2)(signature)
}

const topK: Rule = signature =>
  typeAt(signature, 1) === 'int16' || signature.outputs[1]?.type === 'int16'
    ? 3
    : byType('int16:3 int8:2')(signature)

const gatherNd: Rule = signature =>
  typeAt(signature, 0) === 'bool'
    ? 5
    : typeAt(signature, 1) === 'int16'
      ? 4
      : byType('int16:3 string:2')(signature)

const groups: [operators: string, rule: Rule][] = [
  ['CONV_2D', conv2d],
  ['DEPTHWISE_CONV_2D', depthwise],
  ['FULLY_CONNECTED', fullyConnected],
  ['TRANSPOSE_CONV', transposeConv],
  ['MUL', multiply],
  ['ADD', add],
  ['SUB', subtract],
  ['DIV', signature => (broadcastsWide(signature) ? 2 : 1)],
  ['MAXIMUM MINIMUM', extremes],
  ['SPACE_TO_BATCH_ND BATCH_TO_SPACE_ND', batches],
  ['PAD PADV2', pad],
  ['TRANSPOSE', transpose],
  ['SLICE', slice],
  ['STRIDED_SLICE', stridedSlice],
  ['GATHER', gather],
  ['GATHER_ND', gatherNd],
  ['RESIZE_BILINEAR', resizeBilinear],
  ['RESIZE_NEAREST_NEIGHBOR', resizeNearest],
  ['DEQUANTIZE', dequantize],
  ['QUANTIZE', quantize],
  ['CAST', cast],
  ['SELECT', select],
  ['SELECT_V2', byType('uint32:2')],
  ['LSTM', lstm],
  ['UNIDIRECTIONAL_SEQUENCE_LSTM', sequenceLstm],
  ['RNN UNIDIRECTIONAL_SEQUENCE_RNN BIDIRECTIONAL_SEQUENCE_RNN', hybrid(1, 2, 3)],
  ['BIDIRECTIONAL_SEQUENCE_LSTM', hybrid(1, 2, 3)],
  ['SVDF', svdf],
  ['BATCH_MATMUL', batchMatMul],
  ['EMBEDDING_LOOKUP', embedding],
  ['DYNAMIC_UPDATE_SLICE', dynamicUpdateSlice],
  ['TOPK_V2', topK],
  ['ABS', abs],
  ['FAKE_QUANT', signature => (flag(signature, 'narrow_range') ? 2 : 1)],
  ['L2_NORMALIZATION', ({ outputs }) => (outputs[0]?.type === 'int8' ? 2 : 1)],
  ['MAX_POOL_2D AVERAGE_POOL_2D TANH LOGISTIC', byType('int16:3 int8:2')],
  ['SOFTMAX MEAN MIRROR_PAD REDUCE_MAX REDUCE_MIN RELU6 RSQRT', byType('int16:3 int8:2')],
  ['LESS GREATER_EQUAL', byType('int16:3 int8:2')],
  ['SPACE_TO_DEPTH DEPTH_TO_SPACE SPLIT_V SUM LOG_SOFTMAX', byType('int8:2')],
  ['GREATER LESS_EQUAL SQUARED_DIFFERENCE', byType('int8:2')],
  ['EXP LOG REDUCE_PROD SQRT', byType('int8,int16:2')],
  ['RELU', byType('int16:3 int8,uint8:2')],
  ['SIGN', byType('int32:2')],
  ['SPLIT', byType('int16:4 int32:3 int8:2', 1)],
  ['SPARSE_TO_DENSE', byType('int8,uint8:3 int64:2', 2)],
  ['UNPACK', byType('int8,uint8:2 bool:3 int16:4 float16,bfloat16:5')],
  ['FLOOR_DIV', byType('int16,int8:3 float32:2')],
  ['FLOOR_MOD', byType('int16,int8:2')],
  ['REVERSE_V2', byType('int8:3 bool:2')],
  ['PACK', byType('int8:2 int16:3 uint32:4')],
  ['TILE', byType('int8:3 string:2')],
  ['SQUEEZE', byType('string:2')],
  ['FILL', byType('float16:4 int8,int16:3 bool,string:2', 1)],
  ['EQUAL', byType('int16:5 string:3 int8:2')],
  ['NOT_EQUAL', byType('int16:4 string:3 int8:2')],
  ['LEAKY_RELU', byType('int16:2')],
  ['RANGE', byType('int64:2')],
  ['CONCATENATION', byType('int4:5 uint32:4 int16:3 int8:2')],
  ['ARG_MAX ARG_MIN', byType('bool:3 int8:2')],
  // The first version was taken back.
  ['BROADCAST_TO', byType('int8,int16:3', 0, 2)],
  ['WHERE', byType('bool:1', 0, 2)],
  ['GELU', byType('int8,uint8:2')],
]

/**
 * How each operator's version follows from its types, shapes and options; those that are not here only have the first.
 * Source: `GetBuiltinOperatorVersion` in `tensorflow/compiler/mlir/lite/tools/versioning/op_version.cc`.
 */
export const RULES = new Map<string, Rule>(
  groups.flatMap(([operators, rule]) =>
    operators.split(' ').map((operator): [string, Rule] => [operator, rule]),
  ),
)
