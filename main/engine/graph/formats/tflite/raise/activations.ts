import { attr, type Port } from '../../../graph.ts'
import type { Call, Raise } from './call.ts'

const same =
  (op: string): Raise =>
  call =>
    call.typed(op, [call.input(0)])

const times = (call: Call, x: Port, factor: number, suffix: string): Port =>
  call.typed('Mul', [x, call.scalar(suffix, factor)])

/** Hendrycks and Gimpel, "Gaussian Error Linear Units" (2016), in the two forms of `tf.nn.gelu`. */
function gelu(call: Call): Port {
  const x = call.input(0)
  const half = times(call, x, 0.5, 'half')
  if (!call.flag('approximate'))
    return call.typed('Mul', [half, call.typed('Erfc', [times(call, x, -Math.SQRT1_2, 'root')])])
  const cubed = times(call, call.typed('Mul', [x, call.typed('Square', [x])]), 0.044715, 'cubic')
  const inner = times(call, call.typed('AddV2', [x, cubed]), Math.sqrt(2 / Math.PI), 'slope')
  return call.typed('Mul', [half, call.typed('AddV2', [call.typed('Tanh', [inner]), call.scalar('one', 1)])])
}

/** x * relu6(x + 3) / 6 */
function hardSwish(call: Call): Port {
  const gate = call.typed('Relu6', [call.typed('AddV2', [call.input(0), call.scalar('three', 3)])])
  return call.typed('Mul', [call.input(0), times(call, gate, 1 / 6, 'sixth')])
}

/** relu(x) - alpha * relu(-x), as Keras writes it. */
function prelu(call: Call): Port {
  const below = call.typed('Relu', [call.typed('Neg', [call.input(0)])])
  const scaled = call.typed('Mul', [call.typed('Neg', [call.input(1)]), below])
  return call.typed('AddV2', [call.typed('Relu', [call.input(0)]), scaled])
}

/** Along the last axis. The floor under the length is that of TensorFlow Lite's kernel, 1e-6. */
function l2Normalization(call: Call): Port {
  const squares = call.typed('Square', [call.input(0)])
  const sum = call.typed('Sum', [squares, call.ints('axis', [-1])], {
    keep_dims: attr.bool(true),
    Tidx: attr.type('int32'),
  })
  const length = call.typed('Rsqrt', [call.typed('Maximum', [sum, call.scalar('floor', 1e-12)])])
  return call.activated(call.typed('Mul', [call.input(0), length]))
}

export const activations: Record<string, Raise> = {
  RELU: same('Relu'),
  RELU6: same('Relu6'),
  RELU_N1_TO_1: call => call.clipped(call.input(0), -1, 1),
  RELU_0_TO_1: call => call.clipped(call.input(0), 0, 1),
  ELU: same('Elu'),
  LOGISTIC: same('Sigmoid'),
  TANH: same('Tanh'),
  LEAKY_RELU: call => call.typed('LeakyRelu', [call.input(0)], { alpha: attr.float(call.number('alpha')) }),
  PRELU: prelu,
  GELU: gelu,
  HARD_SWISH: hardSwish,
  SOFTMAX: call => {
    const beta = call.number('beta', 1)
    return call.typed('Softmax', [beta === 1 ? call.input(0) : times(call, call.input(0), beta, 'beta')])
  },
  LOG_SOFTMAX: same('LogSoftmax'),
  L2_NORMALIZATION: l2Normalization,
  LOCAL_RESPONSE_NORMALIZATION: call =>
    call.typed('LRN', [call.input(0)], {
      depth_radius: attr.int(call.number('radius')),
      bias: attr.float(call.number('bias')),
      alpha: attr.float(call.number('alpha')),
      beta: attr.float(call.number('beta')),
    }),
}
