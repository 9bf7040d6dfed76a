/** How one kind of operator is computed in whole numbers. */
export interface QuantRule {
  /** Inputs that hold activations; `all` where each float input does. */
  data: readonly number[] | 'all'
  /** The constant input that is quantized symmetrically, and the axis of its output channels. */
  weights?: { input: number; axis: number }
  /** The input that is added in 32 bits (64 beside 16-bit activations), scaled by data times weights. */
  bias?: number
  /** Data and results must have one scale and zero point, since values are only moved about. */
  same?: boolean
  /** The kernel takes these parameters for its result and no others. */
  fixed?: { int8: { scale: number; zeroPoint: number }; int16: { scale: number } }
  /** Its results are no activations: indices, truth values. */
  plain?: boolean
  /** Whether the reference kernels know 16-bit activations with 8-bit weights. */
  int16?: boolean
}

const moved: QuantRule = { data: [0], same: true, int16: true }
const joined: QuantRule = { data: 'all', same: true, int16: true }
const free: QuantRule = { data: 'all' }
const free16: QuantRule = { data: 'all', int16: true }
const fixed = (scale: number, zeroPoint: number): QuantRule => ({
  data: [0],
  fixed: { int8: { scale, zeroPoint }, int16: { scale: 1 / 32768 } },
  int16: true,
})
const compared: QuantRule = { data: 'all', plain: true }

/**
 * What TensorFlow Lite's 8-bit kernels ask of each operator, by its name in schema.fbs: its quantization specification
 * (quantization_spec.md) and operator_property.cc. What is not listed is computed in floats.
 */
export const RULES: Record<string, QuantRule> = {
  CONV_2D: { data: [0], weights: { input: 1, axis: 0 }, bias: 2, int16: true },
  DEPTHWISE_CONV_2D: { data: [0], weights: { input: 1, axis: 3 }, bias: 2, int16: true },
  FULLY_CONNECTED: { data: [0], weights: { input: 1, axis: 0 }, bias: 2, int16: true },
  TRANSPOSE_CONV: { data: [2], weights: { input: 1, axis: 0 }, bias: 3, int16: true },
  BATCH_MATMUL: { data: [0, 1], int16: true },

  AVERAGE_POOL_2D: moved,
  MAX_POOL_2D: moved,
  RESHAPE: moved,
  SQUEEZE: moved,
  EXPAND_DIMS: moved,
  TRANSPOSE: moved,
  PAD: moved,
  PADV2: { data: [0, 2], same: true, int16: true },
  MIRROR_PAD: moved,
  SLICE: moved,
  STRIDED_SLICE: moved,
  GATHER: moved,
  GATHER_ND: moved,
  RESIZE_BILINEAR: moved,
  RESIZE_NEAREST_NEIGHBOR: moved,
  SPACE_TO_DEPTH: { data: [0], same: true },
  DEPTH_TO_SPACE: { data: [0], same: true },
  BATCH_TO_SPACE_ND: moved,
  SPACE_TO_BATCH_ND: moved,
  TILE: { data: [0], same: true },
  BROADCAST_TO: moved,
  REVERSE_V2: moved,
  REDUCE_MAX: { data: [0], same: true, int16: true },
  REDUCE_MIN: { data: [0], same: true, int16: true },
  SPLIT: { data: [1], same: true, int16: true },
  SPLIT_V: { data: [0], same: true, int16: true },
  UNPACK: { data: [0], same: true, int16: true },
  TOPK_V2: { data: [0], same: true },
  SCATTER_ND: { data: [1], same: true },
  PACK: joined,
  CONCATENATION: joined,
  MAXIMUM: joined,
  MINIMUM: joined,
  SELECT: { data: [1, 2], same: true },
  SELECT_V2: { data: [1, 2], same: true },

  LOGISTIC: fixed(1 / 256, -128),
  SOFTMAX: fixed(1 / 256, -128),
  TANH: fixed(1 / 128, 0),
  L2_NORMALIZATION: { ...fixed(1 / 128, 0), int16: false },
  LOG_SOFTMAX: { ...fixed(16 / 256, 127), int16: false },

  ADD: free16,
  SUB: free16,
  MUL: free16,
  SQUARED_DIFFERENCE: free,
  MEAN: { data: [0], int16: true },
  // The 16-bit kernel does not rescale.
  SUM: { data: [0] },
  REDUCE_PROD: { data: [0] },
  RELU: { data: [0], int16: true },
  RELU6: { data: [0], int16: true },
  RELU_N1_TO_1: { data: [0] },
  RELU_0_TO_1: { data: [0] },
  LEAKY_RELU: { data: [0], int16: true },
  PRELU: free16,
  GELU: { data: [0] },
  HARD_SWISH: { data: [0] },
  EXP: { data: [0], int16: true },
  LOG: { data: [0] },
  ABS: { data: [0], int16: true },
  RSQRT: { data: [0], int16: true },
  SQRT: { data: [0] },

  // A shape has no numbers to quantize, whatever its input holds.
  SHAPE: { data: [0], plain: true, int16: true },
  ARG_MAX: { data: [0], plain: true },
  ARG_MIN: { data: [0], plain: true },
  EQUAL: compared,
  LESS: compared,
  LESS_EQUAL: compared,
  GREATER: compared,
  GREATER_EQUAL: compared,
}
