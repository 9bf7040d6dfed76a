import type { DataType, Shape } from '../graph.ts'
import { alike, type Call, type Elements, type Known, MAX_ELEMENTS, type Rule, same } from './rule.ts'
import { broadcast, count, refine } from './shapes.ts'

const WHOLE: DataType[] = ['int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64']

/** Puts a computed number into the type; what does not fit is not known. */
function held(value: number, dtype: DataType): number | undefined {
  if (dtype === 'float32') return Math.fround(value)
  if (dtype === 'int32') return Number.isSafeInteger(value) ? value | 0 : undefined
  if (WHOLE.includes(dtype)) return Number.isSafeInteger(value) ? value : undefined
  return value
}

const toward = (value: number, dtype: DataType) => (WHOLE.includes(dtype) ? Math.trunc(value) : value)

type Compute = (a: number, b: number, dtype: DataType) => number

/** Elements of two operands that are stretched to each other, computed where both are known. */
function computed(call: Call, shape: Shape, dtype: DataType, compute: Compute): Elements | undefined {
  const size = count(shape)
  const [a, b] = [call.input(0), call.input(1)]
  if (!shape || size === undefined || size > MAX_ELEMENTS) return undefined
  if (!a.elements || !b.elements || !a.shape || !b.shape) return undefined
  const at = (known: Known, index: number) => {
    let [place, stride, rest] = [0, 1, index]
    const own = known.shape as number[]
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const width = shape[axis] as number
      const mine = own[axis - shape.length + own.length] ?? 1
      if (mine > 1) place += (rest % width) * stride
      stride *= mine
      rest = Math.floor(rest / width)
    }
    return known.elements?.[place]
  }
  return Array.from({ length: size }, (_, index) => {
    const [x, y] = [at(a, index), at(b, index)]
    return x === undefined || y === undefined ? undefined : held(compute(x, y, a.dtype), dtype)
  })
}

const binary =
  (compute?: Compute, result?: DataType): Rule =>
  call => {
    const shape = broadcast(call.input(0).shape, call.input(1).shape)
    const dtype = result ?? call.input(0).dtype
    return { dtype, shape, elements: compute && computed(call, shape, dtype, compute) }
  }

const unary =
  (compute: (x: number) => number): Rule =>
  call => {
    const { dtype, shape, elements } = call.input(0)
    return {
      dtype,
      shape,
      elements: elements?.map(x => (x === undefined ? undefined : held(compute(x), dtype))),
    }
  }

const select: Rule = call => {
  const [condition, a, b] = [call.input(0), call.input(1), call.input(2)]
  const shape = broadcast(condition.shape, broadcast(a.shape, b.shape))
  const [chosen] = condition.elements?.length === 1 ? condition.elements : []
  const taken = chosen === undefined ? undefined : chosen ? a : b
  const elements = taken?.shape?.length === shape?.length ? taken?.elements : undefined
  return { dtype: a.dtype, shape, elements: elements?.length === count(shape) ? elements : undefined }
}

const cast: Rule = call => {
  const { shape, elements, dtype: from } = call.input(0)
  const dtype = call.type('DstT', 'float32')
  const convert = (x: number) => (dtype === 'bool' ? Number(x !== 0) : held(toward(x, dtype), dtype))
  return {
    dtype,
    shape,
    elements: from === 'string' ? undefined : elements?.map(x => (x === undefined ? undefined : convert(x))),
  }
}

/** All inputs are of one shape. */
const sumOfAll: Rule = call => ({
  dtype: call.input(0).dtype,
  shape: call.inputs.reduce<Shape>((shape, input) => refine(shape, input.shape), undefined),
})

const truth = (compute: (a: number, b: number) => boolean): Rule =>
  binary((a, b) => Number(compute(a, b)), 'bool')

const ALIKE = `Acos Acosh Asin Asinh Atan Atanh BesselI0e BesselI1e BiasAdd BiasAddV1 Cos Cosh Digamma Elu Erf Erfc
  Erfinv Exp Expm1 Inv Invert LeakyRelu Lgamma Log Log1p LogSoftmax Ndtri Reciprocal Relu Relu6 ReluN1To1 Rint Rsqrt
  Selu Sigmoid Sign Sin Sinh Softmax Softplus Softsign Sqrt Tan Tanh ClipByValue OnesLike ZerosLike
  CheckNumerics CheckNumericsV2 LRN InvertPermutation Cumsum Cumprod CumulativeLogsumexp Reverse ReverseV2
  ReverseSequence Roll RandomShuffle MatrixBandPart MatrixInverse Cholesky MatrixSetDiag MatrixSetDiagV2
  MatrixSetDiagV3 TensorScatterUpdate TensorScatterAdd TensorScatterSub TensorScatterMax TensorScatterMin
  ScatterNdNonAliasingAdd AdjustContrastv2 AdjustHue AdjustSaturation HSVToRGB RGBToHSV InplaceUpdate InplaceAdd
  Conj FakeQuantWithMinMaxArgs FakeQuantWithMinMaxVars FakeQuantWithMinMaxVarsPerChannel QuantizeAndDequantize
  QuantizeAndDequantizeV2 QuantizeAndDequantizeV3 QuantizeAndDequantizeV4`

const BROADCAST = `Atan2 BitwiseAnd BitwiseOr BitwiseXor DivNoNan Igamma Igammac LeftShift
  MulNoNan NextAfter Polygamma RightShift SquaredDifference TruncateMod Xdivy Xlogy Xlog1py Zeta`

const named = (names: string, rule: Rule) => Object.fromEntries(names.split(/\s+/).map(name => [name, rule]))

const add = binary((a, b) => a + b)
const divide = binary((a, b, dtype) => toward(a / b, dtype))

/** Operations that compute each element by itself. */
export const ELEMENTWISE: Record<string, Rule> = {
  ...named(ALIKE, alike),
  ...named(BROADCAST, binary()),
  Add: add,
  AddV2: add,
  Sub: binary((a, b) => a - b),
  Mul: binary((a, b) => a * b),
  Div: divide,
  RealDiv: divide,
  TruncateDiv: divide,
  FloorDiv: binary((a, b) => Math.floor(a / b)),
  FloorMod: binary((a, b) => a - b * Math.floor(a / b)),
  Mod: binary((a, b) => a % b),
  Pow: binary((a, b) => a ** b),
  Maximum: binary((a, b) => Math.max(a, b)),
  Minimum: binary((a, b) => Math.min(a, b)),
  Equal: truth((a, b) => a === b),
  NotEqual: truth((a, b) => a !== b),
  Less: truth((a, b) => a < b),
  LessEqual: truth((a, b) => a <= b),
  Greater: truth((a, b) => a > b),
  GreaterEqual: truth((a, b) => a >= b),
  ApproximateEqual: binary(undefined, 'bool'),
  LogicalAnd: truth((a, b) => a !== 0 && b !== 0),
  LogicalOr: truth((a, b) => a !== 0 || b !== 0),
  LogicalNot: unary(x => Number(x === 0)),
  Neg: unary(x => -x),
  Abs: unary(Math.abs),
  Ceil: unary(Math.ceil),
  Floor: unary(Math.floor),
  Round: alike,
  Square: unary(x => x * x),
  IsNan: call => ({ dtype: 'bool', shape: call.input(0).shape }),
  IsInf: call => ({ dtype: 'bool', shape: call.input(0).shape }),
  IsFinite: call => ({ dtype: 'bool', shape: call.input(0).shape }),
  Prelu: alike,
  Select: call => {
    // Both are of one shape; the condition is too, or a vector or a single truth.
    const shape = refine(call.input(1).shape, call.input(2).shape)
    const condition = call.input(0).shape
    return {
      dtype: call.input(1).dtype,
      shape: condition && condition.length === shape?.length ? refine(shape, condition) : shape,
    }
  },
  SelectV2: select,
  Cast: cast,
  Bitcast: call => {
    const width = (dtype: DataType) => Number(/\d+/.exec(dtype)?.[0] ?? 8)
    const [from, to] = [call.input(0), call.type('type', 'float32')]
    return { dtype: to, shape: width(from.dtype) === width(to) ? from.shape : undefined }
  },
  AddN: sumOfAll,
  AccumulateNV2: sumOfAll,
  Identity: same,
  Snapshot: same,
  StopGradient: same,
  PreventGradient: same,
  DeepCopy: same,
  Print: same,
  PrintV2: () => [],
  EnsureShape: call => {
    const { dtype, shape, elements } = call.input(0)
    return { dtype, shape: refine(shape, call.shape('shape')), elements }
  },
  PlaceholderWithDefault: call => ({
    dtype: call.type('dtype', call.input(0).dtype),
    shape: call.shape('shape'),
  }),
  IdentityN: call => call.inputs,
}
