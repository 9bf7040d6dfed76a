import { attrOf, type DataType, sizeOf } from '../graph.ts'
import { type Call, type Elements, type Known, MAX_ELEMENTS, type Rule } from './rule.ts'
import { count, shapeBy } from './shapes.ts'

const constant: Rule = call => {
  const value = attrOf(call.node, 'value', 'tensor')
  if (value) {
    const { dtype, shape, data } = value
    const follow = data.length <= MAX_ELEMENTS && dtype !== 'float16' && dtype !== 'bfloat16'
    const elements: Elements | undefined = follow
      ? Array.from(data as ArrayLike<number | bigint>, x =>
          Number.isSafeInteger(Number(x)) || typeof x === 'number' ? Number(x) : undefined,
        )
      : undefined
    return { dtype, shape, elements }
  }
  // Strings and the like are carried along as they came.
  const raw = call.node.attrs.value
  const proto =
    raw?.kind === 'opaque' && raw.value.value.case === 'tensor' ? raw.value.value.value : undefined
  const shape =
    proto && !proto.tensorShape?.unknownRank
      ? (proto.tensorShape?.dim ?? []).map(dim => Number(dim.size))
      : undefined
  return { dtype: call.type('dtype', 'float32'), shape }
}

const placeholder: Rule = call => ({ dtype: call.type('dtype', 'float32'), shape: call.shape('shape') })

const shapeOf = (known: Known, dtype: DataType): Known => ({
  dtype,
  shape: [known.shape ? known.shape.length : -1],
  elements: known.shape?.map(size => (size < 0 ? undefined : size)),
})

/** A tensor whose sizes are the elements of an input. */
const sized =
  (input: number, dtype: (call: Call) => DataType): Rule =>
  call => ({ dtype: dtype(call), shape: shapeBy(call.input(input)) })

const fill: Rule = call => {
  const { dtype, shape } = sized(0, ({ inputs }) => inputs[1]?.dtype ?? 'float32')(call) as Known
  const [size, value] = [count(shape), call.scalar(1)]
  const known = size !== undefined && size <= MAX_ELEMENTS && value !== undefined
  return { dtype, shape, elements: known ? new Array<number>(size).fill(value) : undefined }
}

const range: Rule = call => {
  const [start, limit, delta] = [call.scalar(0), call.scalar(1), call.scalar(2)]
  const { dtype } = call.input(0)
  if (start === undefined || limit === undefined || !delta) return { dtype, shape: [-1] }
  const size = Math.max(0, Math.ceil((limit - start) / delta))
  if (!Number.isSafeInteger(size)) return { dtype, shape: [-1] }
  const elements =
    size <= MAX_ELEMENTS ? Array.from({ length: size }, (_, i) => start + i * delta) : undefined
  return { dtype, shape: [size], elements }
}

const oneHot: Rule = call => {
  const { shape } = call.input(0)
  const dtype = call.input(2).dtype
  if (!shape) return { dtype, shape: undefined }
  const axis = call.int('axis', -1)
  return { dtype, shape: shape.toSpliced(axis < 0 ? shape.length : axis, 0, call.scalar(1) ?? -1) }
}

const random: Rule = sized(0, call => call.type('dtype', 'float32'))

/** Operations that make a tensor out of nothing, or out of the shape of another. */
export const SOURCE: Record<string, Rule> = {
  Const: constant,
  HostConst: constant,
  Placeholder: placeholder,
  PlaceholderV2: placeholder,
  ImmutableConst: placeholder,
  Shape: call => shapeOf(call.input(0), call.type('out_type', 'int32')),
  ShapeN: call => call.inputs.map(input => shapeOf(input, call.type('out_type', 'int32'))),
  Rank: call => ({
    dtype: 'int32',
    shape: [],
    elements: call.input(0).shape && [call.input(0).shape?.length],
  }),
  Size: call => {
    const size = count(call.input(0).shape)
    return {
      dtype: call.type('out_type', 'int32'),
      shape: [],
      elements: size === undefined ? undefined : [size],
    }
  },
  Fill: fill,
  Empty: random,
  Range: range,
  LinSpace: call => ({ dtype: call.input(0).dtype, shape: [call.scalar(2) ?? -1] }),
  OneHot: oneHot,
  RandomUniform: random,
  RandomUniformInt: sized(0, call => call.input(1).dtype),
  RandomStandardNormal: random,
  TruncatedNormal: random,
  Multinomial: call => ({
    dtype: call.type('output_dtype', 'int64'),
    shape: [call.input(0).shape?.[0] ?? -1, call.scalar(1) ?? -1],
  }),
  StatelessRandomUniform: random,
  StatelessRandomUniformV2: random,
  StatelessRandomNormal: random,
  StatelessRandomNormalV2: random,
  StatelessTruncatedNormal: random,
  StatelessTruncatedNormalV2: random,
  BroadcastArgs: call => {
    const [a, b] = [call.whole(0), call.whole(1)]
    const rank = Math.max(a?.length ?? -1, b?.length ?? -1)
    if (!a || !b) return { dtype: call.input(0).dtype, shape: [-1] }
    const at = (list: number[], axis: number) => list[axis - rank + list.length] ?? 1
    const elements = Array.from({ length: rank }, (_, axis) =>
      at(a, axis) === 1 ? at(b, axis) : at(a, axis),
    )
    return { dtype: call.input(0).dtype, shape: [rank], elements }
  },
  NoOp: () => [],
  Assert: () => [],
  ControlTrigger: () => [],
  Diag: call => {
    const { dtype, shape } = call.input(0)
    return { dtype, shape: shape && [...shape, ...shape] }
  },
  Eye: random,
  MatrixDiag: call => {
    const { dtype, shape } = call.input(0)
    return { dtype, shape: shape && [...shape, shape.at(-1) ?? -1] }
  },
  MatrixDiagPart: call => {
    const { dtype, shape } = call.input(0)
    if (!shape) return { dtype, shape }
    const [rows = -1, columns = -1] = shape.slice(-2)
    return { dtype, shape: [...shape.slice(0, -2), rows < 0 || columns < 0 ? -1 : Math.min(rows, columns)] }
  },
  Where: call => ({ dtype: 'int64', shape: [-1, call.input(0).shape?.length ?? -1] }),
}

/** Whether the elements are as many as the shape says; a rule that broke this would mislead all that follow. */
export const isConsistent = ({ shape, elements }: Known): boolean =>
  elements === undefined || (shape?.every(size => size >= 0) === true && sizeOf(shape) === elements.length)
