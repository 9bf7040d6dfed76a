import { attr } from '../../graph.ts'
import type { GraphBuilder } from './builder.ts'
import { axisOf, type Place } from './place.ts'

/** Computes an activation by its formula, element by element unless it says otherwise. */
type Activation = (builder: GraphBuilder, x: Place) => Place

const single =
  (op: string): Activation =>
  (builder, x) =>
    builder.each(op, x)

const clipped = (builder: GraphBuilder, x: Place, low: number, high: number) =>
  builder.pair('Maximum', 'Maximum', builder.pair('Minimum', 'Minimum', x, high), low)

/** `relu6(x + 3) / 6`, as Keras 3 has it. */
const hardGate: Activation = (builder, x) =>
  builder.pair('Mul', 'mul', builder.each('Relu6', builder.pair('AddV2', 'add', x, 3)), 1 / 6)

/** `max(0, min(1, x / 5 + 1 / 2))`, as Keras 2 and TensorFlow.js have it. */
const steepGate: Activation = (builder, x) =>
  clipped(builder, builder.pair('AddV2', 'add', builder.pair('Mul', 'mul', x, 0.2), 0.5), 0, 1)

export const hardSigmoid: Activation = (builder, x) => (builder.old ? steepGate : hardGate)(builder, x)

const times =
  (gate: Activation): Activation =>
  (builder, x) =>
    builder.pair('Mul', 'mul', x, gate(builder, x))

/** `x / 2 * (1 + erf(x / sqrt(2)))`: Hendrycks and Gimpel, arXiv:1606.08415. */
function gelu(builder: GraphBuilder, x: Place): Place {
  const half = builder.pair('Mul', 'Gelu/mul', 0.5, x)
  const erf = builder.each('Erf', builder.pair('RealDiv', 'Gelu/truediv', x, Math.SQRT2), 'Gelu/Erf')
  return builder.pair('Mul', 'Gelu/mul_1', half, builder.pair('AddV2', 'Gelu/add', 1, erf))
}

/** The same by `tanh(sqrt(2 / pi) * (x + 0.044715 x^3))`. */
function geluByTanh(builder: GraphBuilder, x: Place): Place {
  const cube = builder.pair('Mul', 'Gelu/mul', 0.044715, builder.pair('Pow', 'Gelu/Pow', x, 3))
  const inner = builder.pair(
    'Mul',
    'Gelu/mul_1',
    Math.sqrt(2 / Math.PI),
    builder.pair('AddV2', 'Gelu/add', x, cube),
  )
  const gate = builder.pair('AddV2', 'Gelu/add_1', 1, builder.each('Tanh', inner, 'Gelu/Tanh'))
  return builder.pair('Mul', 'Gelu/mul_3', builder.pair('Mul', 'Gelu/mul_2', 0.5, x), gate)
}

export const geluOf = (approximate: boolean): Activation => (approximate ? geluByTanh : gelu)

/** Elu with another alpha than the operation's 1: `max(x, 0) + alpha * (exp(min(x, 0)) - 1)`. */
export const eluOf =
  (alpha: number): Activation =>
  (builder, x) => {
    if (alpha === 1) return builder.each('Elu', x)
    const below = builder.each('Exp', builder.pair('Minimum', 'Minimum', x, 0))
    const scaled = builder.pair('Mul', 'mul', builder.pair('Sub', 'sub', below, 1), alpha)
    return builder.pair('AddV2', 'add', builder.each('Relu', x), scaled)
  }

export const leakyOf =
  (alpha: number): Activation =>
  (builder, x) =>
    builder.add('LeakyRelu', 'LeakyRelu', [x], x.shape, { alpha: attr.float(Math.fround(alpha)) })

/** Over the last axis, or over another one by swapping the two. */
export const alongAxis =
  (op: 'Softmax' | 'LogSoftmax', axis = -1): Activation =>
  (builder, x) => {
    const [last, chosen] = [x.shape.length - 1, axisOf(axis, x.shape.length)]
    if (chosen === last) return builder.each(op, x)
    const swapped = x.shape.map((_, i) => (i === last ? chosen : i === chosen ? last : i))
    const turned = transpose(builder, x, swapped)
    return transpose(builder, builder.each(op, turned), swapped)
  }

/** Axes in another order. */
export function transpose(builder: GraphBuilder, x: Place, order: number[], suffix = 'transpose'): Place {
  const shape = order.map(axis => x.shape[axis] as number)
  return builder.add('Transpose', suffix, [x, builder.ints(`${suffix}/perm`, order)], shape, {
    Tperm: attr.type('int32'),
  })
}

/** What lies beyond a threshold, and zero elsewhere: `x * (x > t)`. */
export const above =
  (theta: number): Activation =>
  (builder, x) => {
    const over = builder.pair('Greater', 'Greater', x, theta, 'bool')
    return builder.pair('Mul', 'mul', x, cast(builder, over, x.dtype))
  }

/** In another type; nothing where it is of that one already. */
export function cast(builder: GraphBuilder, x: Place, to: Place['dtype'], suffix = 'Cast'): Place {
  if (x.dtype === to) return x
  const types = { SrcT: attr.type(x.dtype), DstT: attr.type(to), Truncate: attr.bool(false) }
  return { ...builder.add('Cast', suffix, [x], x.shape, types, to), ...(x.mask && { mask: x.mask }) }
}

const softShrink: Activation = (builder, x) => {
  const over = builder.each('Relu', builder.pair('Sub', 'sub', x, 0.5))
  const under = builder.each('Relu', builder.pair('Sub', 'sub', -0.5, x))
  return builder.pair('Sub', 'sub', over, under)
}

const hardShrink: Activation = (builder, x) => {
  const far = builder.pair('Greater', 'Greater', builder.each('Abs', x), 0.5, 'bool')
  return builder.pair('Mul', 'mul', x, cast(builder, far, x.dtype))
}

/** `(x + sqrt(x^2 + 4)) / 2`. */
const squarePlus: Activation = (builder, x) => {
  const root = builder.each('Sqrt', builder.pair('AddV2', 'add', builder.each('Square', x), 4))
  return builder.pair('Mul', 'mul', builder.pair('AddV2', 'add', x, root), 0.5)
}

/** The first half of the last axis, gated by the second. */
const glu: Activation = (builder, x) => {
  const size = x.shape.at(-1) as number
  if (size < 0 || size % 2 !== 0) throw builder.unsupported('halves an axis of an odd size')
  const half = x.shape.with(-1, size / 2)
  const [a, b] = builder.addMany(
    'Split',
    'split',
    [builder.int('split/dim', x.shape.length - 1), x],
    [half, half],
    {
      num_split: attr.int(2),
    },
  ) as [Place, Place]
  return builder.pair('Mul', 'mul', a, builder.each('Sigmoid', b))
}

/** Activations by Keras' names for them. */
export const ACTIVATIONS: Record<string, Activation> = {
  celu: eluOf(1),
  elu: eluOf(1),
  exp: single('Exp'),
  exponential: single('Exp'),
  gelu,
  gelu_new: geluByTanh,
  glu,
  hard_shrink: hardShrink,
  hard_sigmoid: hardSigmoid,
  hard_silu: times(hardGate),
  hard_swish: times(hardGate),
  hard_tanh: (builder, x) => clipped(builder, x, -1, 1),
  leaky_relu: leakyOf(0.2),
  linear: (_, x) => x,
  log_sigmoid: (builder, x) => builder.each('Neg', builder.each('Softplus', builder.each('Neg', x))),
  log_softmax: alongAxis('LogSoftmax'),
  mish: (builder, x) => builder.pair('Mul', 'mul', x, builder.each('Tanh', builder.each('Softplus', x))),
  relu: single('Relu'),
  relu6: single('Relu6'),
  selu: single('Selu'),
  sigmoid: single('Sigmoid'),
  silu: times(single('Sigmoid')),
  soft_shrink: softShrink,
  softmax: alongAxis('Softmax'),
  softplus: single('Softplus'),
  softsign: single('Softsign'),
  squareplus: squarePlus,
  swish: times(single('Sigmoid')),
  tanh: single('Tanh'),
  tanh_shrink: (builder, x) => builder.pair('Sub', 'sub', x, builder.each('Tanh', x)),
}
