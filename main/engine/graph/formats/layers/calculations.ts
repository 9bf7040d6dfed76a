import { attr } from '../../graph.ts'
import type { GraphBuilder } from './builder.ts'
import { ACTIVATIONS, alongAxis, cast, eluOf, geluOf, leakyOf, transpose } from './functions.ts'
import type { Lowering } from './lowering.ts'
import { axisOf, broadcast, isPlace, type Place } from './place.ts'
import { expanded, joined, reduced, reshaped, squeezed } from './shapes.ts'

/** What a calculation was called with: by name, or by its place among the arguments; else an option of it. */
function argument(builder: GraphBuilder, at: number, name: string): unknown {
  const { args, kwargs } = builder.scope.call
  return kwargs[name] ?? args[at] ?? builder.scope.layer.config[name]
}

function operand(builder: GraphBuilder, at: number, name: string): Place | number {
  const value = argument(builder, at, name)
  if (isPlace(value) || typeof value === 'number') return value
  if (typeof value === 'boolean') return Number(value)
  throw builder.unsupported('calculates with something else than numbers')
}

const two =
  (op: string): Lowering =>
  builder => {
    const [a, b] = [operand(builder, 0, 'x1'), operand(builder, 1, 'x2')]
    if (typeof a === 'number' && typeof b === 'number') throw builder.unsupported('calculates with no input')
    // The wider type wins, as with numbers of Python: a whole one becomes a float beside a float.
    const float = [a, b].some(x => (typeof x === 'number' ? !Number.isInteger(x) : x.dtype === 'float32'))
    const same = (x: Place | number) => (typeof x === 'number' || !float ? x : cast(builder, x, 'float32'))
    return builder.pair(op, op, same(a), same(b))
  }

/** Questions, whose answers are bool. */
const asking =
  (op: string): Lowering =>
  builder => {
    const [a, b] = [operand(builder, 0, 'x1'), operand(builder, 1, 'x2')]
    if (typeof a === 'number' && typeof b === 'number') throw builder.unsupported('calculates with no input')
    return builder.pair(op, op, a, b, 'bool')
  }

/** By a condition, one of two values. */
const where: Lowering = builder => {
  const condition = argument(builder, 0, 'condition')
  const [a, b] = [argument(builder, 1, 'x1'), argument(builder, 2, 'x2')]
  if (!isPlace(condition) || (!isPlace(a) && !isPlace(b)))
    throw builder.unsupported('chooses between plain numbers')
  const dtype = (isPlace(a) ? a : (b as Place)).dtype
  const place = (value: unknown, suffix: string): Place =>
    isPlace(value) ? value : { node: builder.number(suffix, Number(value), dtype), port: 0, shape: [], dtype }
  const [x, y] = [place(a, 'SelectV2/t'), place(b, 'SelectV2/e')]
  const shape = broadcast(condition.shape, broadcast(x.shape, y.shape))
  const chosen = cast(builder, condition, 'bool')
  return builder.add('SelectV2', 'SelectV2', [chosen, x, y], shape, { T: attr.type(dtype) }, dtype)
}

const one =
  (op: string): Lowering =>
  (builder, x) =>
    builder.each(op, x as Place)

const reducing =
  (op: 'Mean' | 'Max' | 'Sum' | 'Min' | 'Prod'): Lowering =>
  (builder, x) => {
    const input = x as Place
    const given = argument(builder, 1, 'axis')
    const axes = given === undefined || given === null ? [...input.shape.keys()] : [given].flat().map(Number)
    const keep = argument(builder, 2, 'keepdims') === true
    return reduced(
      builder,
      op,
      input,
      axes.map(axis => axisOf(axis, input.shape.length)),
      keep,
    )
  }

const named =
  (name: string): Lowering =>
  (builder, x) =>
    (ACTIVATIONS[name] as (b: GraphBuilder, x: Place) => Place)(builder, x as Place)

const shapeOf = (builder: GraphBuilder, at: number, name: string): number[] => {
  const given = argument(builder, at, name)
  if (!Array.isArray(given) || given.some(isPlace))
    throw builder.unsupported('makes a shape out of its input')
  return given.map(size => (size === null ? -1 : Number(size)))
}

const reshape: Lowering = (builder, x) => {
  const shape = shapeOf(builder, 1, 'newshape')
  return reshaped(builder, x as Place, shape[0] === null ? [-1, ...shape.slice(1)] : shape)
}

const transposed: Lowering = (builder, x) => {
  const input = x as Place
  const axes = argument(builder, 1, 'axes')
  const order = Array.isArray(axes) ? axes.map(Number) : [...input.shape.keys()].reverse()
  return transpose(builder, input, order)
}

const concatenated: Lowering = (builder, ...inputs) => {
  const axis = Number(argument(builder, 1, 'axis') ?? -1)
  return joined(builder, inputs, axisOf(axis, inputs[0]?.shape.length ?? 1))
}

const stacked: Lowering = (builder, ...inputs) => {
  const [first] = inputs as [Place]
  const axis = axisOf(Number(argument(builder, 1, 'axis') ?? 0), first.shape.length + 1)
  return joined(
    builder,
    inputs.map(input => expanded(builder, input, axis)),
    axis,
  )
}

const withAxis: Lowering = (builder, x) => {
  const input = x as Place
  return expanded(builder, input, axisOf(Number(argument(builder, 1, 'axis')), input.shape.length + 1))
}

const withoutAxis: Lowering = (builder, x) => {
  const input = x as Place
  const given = argument(builder, 1, 'axis')
  const axes =
    given === undefined || given === null
      ? [...input.shape.keys()].filter(axis => input.shape[axis] === 1)
      : [given].flat().map(axis => axisOf(Number(axis), input.shape.length))
  return squeezed(builder, input, axes)
}

/** `x[:, 2:5, None, ..., 0]` as Keras 3 writes it: a list of slices, numbers, `None` and `...`. */
const item: Lowering = (builder, x) => {
  const input = x as Place
  const given = argument(builder, 1, 'key')
  const keys = Array.isArray(given) ? given : [given]
  const rest = input.shape.length - keys.filter(key => key !== null && key !== '...').length
  const spans: { begin: number; end: number; step: number; one: boolean; open: [boolean, boolean] }[] = []
  const shape: number[] = []
  const fresh: number[] = []
  let axis = 0
  const span = (key: unknown) => {
    const size = input.shape[axis++] as number
    if (typeof key === 'number') {
      spans.push({ begin: key, end: key + 1, step: 1, one: true, open: [false, key === -1] })
      return
    }
    const { start, stop, step } = sliceOf(builder, key)
    spans.push({ begin: start ?? 0, end: stop ?? 0, step, one: false, open: [start === null, stop === null] })
    if (size < 0 && (start !== null || stop !== null || step !== 1))
      throw builder.unsupported('takes a part of an axis of which the size is open')
    const from = clamp(start ?? (step > 0 ? 0 : size - 1), size, step)
    const to = stop === null ? (step > 0 ? size : -1) : clamp(stop, size, step)
    shape.push(size < 0 ? -1 : Math.max(0, Math.ceil((to - from) / step)))
  }
  for (const key of keys) {
    if (key === null) {
      fresh.push(shape.length)
      shape.push(1)
    } else if (key === '...') for (let i = 0; i < rest; i++) span({ start: null, stop: null, step: null })
    else span(key)
  }
  while (axis < input.shape.length) span({ start: null, stop: null, step: null })
  const mask = (test: (i: number) => boolean) =>
    attr.int(spans.reduce((bits, _, i) => (test(i) ? bits | (1 << i) : bits), 0))
  const cut = builder.add(
    'StridedSlice',
    'strided_slice',
    [
      input,
      builder.ints(
        'strided_slice/stack',
        spans.map(({ begin }) => begin),
      ),
      builder.ints(
        'strided_slice/stack_1',
        spans.map(({ end }) => end),
      ),
      builder.ints(
        'strided_slice/stack_2',
        spans.map(({ step }) => step),
      ),
    ],
    shape.filter((_, i) => !fresh.includes(i)),
    {
      Index: attr.type('int32'),
      begin_mask: mask(i => spans[i]?.open[0] === true),
      end_mask: mask(i => spans[i]?.open[1] === true),
      ellipsis_mask: attr.int(0),
      new_axis_mask: attr.int(0),
      shrink_axis_mask: mask(i => spans[i]?.one === true),
    },
  )
  return fresh.reduce((place, at) => expanded(builder, place, at), cut)
}

const clamp = (at: number, size: number, step: number): number => {
  const from = at < 0 ? at + size : at
  return step > 0 ? Math.min(Math.max(from, 0), size) : Math.min(Math.max(from, -1), size - 1)
}

function sliceOf(
  builder: GraphBuilder,
  key: unknown,
): { start: number | null; stop: number | null; step: number } {
  const fields = key as {
    class_name?: unknown
    config?: unknown
    start?: unknown
    stop?: unknown
    step?: unknown
  }
  const { config } = fields ?? {}
  const [start, stop, step] =
    fields?.class_name === '__slice__' || fields?.class_name === 'slice'
      ? Array.isArray(config)
        ? config
        : [
            (config as Record<string, unknown>).start,
            (config as Record<string, unknown>).stop,
            (config as Record<string, unknown>).step,
          ]
      : [fields?.start, fields?.stop, fields?.step]
  const numbers = [start, stop, step].map(value => value ?? null)
  if (numbers.some(value => value !== null && typeof value !== 'number'))
    throw builder.unsupported('takes a part of its input in a way that is not known')
  return {
    start: numbers[0] as number | null,
    stop: numbers[1] as number | null,
    step: (numbers[2] as number) ?? 1,
  }
}

const clip: Lowering = (builder, x) => {
  const [low, high] = [operand(builder, 1, 'x_min'), operand(builder, 2, 'x_max')]
  return builder.pair('Maximum', 'Maximum', builder.pair('Minimum', 'Minimum', x as Place, high), low)
}

const product: Lowering = (builder, a, b) => {
  if (!a || !b || a.shape.length < 2 || b.shape.length < 2) throw builder.unsupported('multiplies vectors')
  const ahead = a.shape.length >= b.shape.length ? a.shape.slice(0, -2) : b.shape.slice(0, -2)
  const shape = [...ahead, a.shape.at(-2) as number, b.shape.at(-1) as number]
  return builder.add('BatchMatMulV2', 'MatMul', [a, b], shape, {
    adj_x: attr.bool(false),
    adj_y: attr.bool(false),
  })
}

const typed: Lowering = (builder, x) => {
  const dtype = String(argument(builder, 1, 'dtype'))
  const to = dtype === 'float16' || dtype === 'bfloat16' || dtype === 'float64' ? 'float32' : dtype
  if (to !== 'float32' && to !== 'int32' && to !== 'int64' && to !== 'bool')
    throw builder.unsupported(`turns values into ${dtype}`)
  return cast(builder, x as Place, to)
}

/** Calculations between layers (`keras.ops`, and operators on tensors) by the names of their classes. */
export const CALCULATIONS: Record<string, Lowering> = {
  Absolute: one('Abs'),
  Add: two('AddV2'),
  Cast: typed,
  Clip: clip,
  Concatenate: concatenated,
  Divide: two('RealDiv'),
  Equal: asking('Equal'),
  Elu: (builder, x) => eluOf(Number(argument(builder, 1, 'alpha') ?? 1))(builder, x as Place),
  Erf: one('Erf'),
  Exp: one('Exp'),
  ExpandDims: withAxis,
  Gelu: (builder, x) => geluOf(argument(builder, 1, 'approximate') !== false)(builder, x as Place),
  GetItem: item,
  Greater: asking('Greater'),
  GreaterEqual: asking('GreaterEqual'),
  HardSigmoid: named('hard_sigmoid'),
  HardSilu: named('hard_silu'),
  LeakyRelu: (builder, x) =>
    leakyOf(Number(argument(builder, 1, 'negative_slope') ?? 0.2))(builder, x as Place),
  Less: asking('Less'),
  LessEqual: asking('LessEqual'),
  Log: one('Log'),
  LogSoftmax: (builder, x) =>
    alongAxis('LogSoftmax', Number(argument(builder, 1, 'axis') ?? -1))(builder, x as Place),
  LogicalAnd: asking('LogicalAnd'),
  LogicalNot: one('LogicalNot'),
  LogicalOr: asking('LogicalOr'),
  Matmul: product,
  Max: reducing('Max'),
  Maximum: two('Maximum'),
  Mean: reducing('Mean'),
  Min: reducing('Min'),
  Minimum: two('Minimum'),
  Multiply: two('Mul'),
  Negative: one('Neg'),
  NotEqual: asking('NotEqual'),
  Power: two('Pow'),
  Prod: reducing('Prod'),
  Relu: named('relu'),
  Relu6: named('relu6'),
  Reshape: reshape,
  Rsqrt: one('Rsqrt'),
  Selu: named('selu'),
  Sigmoid: named('sigmoid'),
  Silu: named('silu'),
  Softmax: (builder, x) =>
    alongAxis('Softmax', Number(argument(builder, 1, 'axis') ?? -1))(builder, x as Place),
  Softplus: named('softplus'),
  Softsign: named('softsign'),
  Sqrt: one('Sqrt'),
  Square: one('Square'),
  Squeeze: withoutAxis,
  Stack: stacked,
  Subtract: two('Sub'),
  Sum: reducing('Sum'),
  Tanh: named('tanh'),
  Transpose: transposed,
  TrueDivide: two('RealDiv'),
  Where: where,
}
