import { attrOf } from '../graph.ts'
import { elements, filled, isBig, isFloat, Unevaluable } from './elements.ts'
import { even } from './half.ts'
import { inputAt, type Kernel } from './kernel.ts'

interface Unary {
  float?: (x: number) => number
  int?: (x: number) => number
  big?: (x: bigint) => bigint
}

const exact = (number: (x: number) => number, big: (x: bigint) => bigint): Unary => ({
  float: number,
  int: number,
  big,
})

const SELU_ALPHA = 1.6732632423543772
const SELU_SCALE = 1.0507009873554805

const negative = (x: number) => (x < 0 || Object.is(x, -0) ? -1 : 1)

/** Gauss's error function, by its series and its continued fraction, each where it converges fast. */
function erf(x: number): number {
  const size = Math.abs(x)
  if (Number.isNaN(x)) return x
  if (size > 6) return negative(x)
  if (size < 2.5) {
    let term = x
    let sum = x
    for (let n = 1; n < 100 && Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
      term *= (-x * x) / n
      sum += term / (2 * n + 1)
    }
    return (2 / Math.sqrt(Math.PI)) * sum
  }
  return negative(x) * (1 - tail(size))
}

/** 1 - erf for numbers well above zero. */
function tail(size: number): number {
  let fraction = 0
  for (let n = 60; n > 0; n--) fraction = n / 2 / (size + fraction)
  return Math.exp(-size * size) / Math.sqrt(Math.PI) / (size + fraction)
}

const identity = exact(
  x => x,
  x => x,
)

const TABLE: Record<string, Unary> = {
  Abs: exact(Math.abs, x => (x < 0n ? -x : x)),
  Neg: exact(
    x => -x,
    x => -x,
  ),
  Sign: exact(Math.sign, x => (x > 0n ? 1n : x < 0n ? -1n : 0n)),
  Square: { float: x => x * x, int: x => Math.imul(x, x), big: x => x * x },
  Sqrt: { float: Math.sqrt },
  Rsqrt: { float: x => 1 / Math.sqrt(x) },
  Reciprocal: { float: x => 1 / x },
  Inv: { float: x => 1 / x },
  Exp: { float: Math.exp },
  Expm1: { float: Math.expm1 },
  Log: { float: Math.log },
  Log1p: { float: Math.log1p },
  Sin: { float: Math.sin },
  Cos: { float: Math.cos },
  Tan: { float: Math.tan },
  Asin: { float: Math.asin },
  Acos: { float: Math.acos },
  Atan: { float: Math.atan },
  Sinh: { float: Math.sinh },
  Cosh: { float: Math.cosh },
  Tanh: { float: Math.tanh },
  Asinh: { float: Math.asinh },
  Acosh: { float: Math.acosh },
  Atanh: { float: Math.atanh },
  Erf: { float: erf },
  Erfc: { float: x => (x > 2.5 ? tail(x) : 1 - erf(x)) },
  Floor: { ...identity, float: Math.floor },
  Ceil: { ...identity, float: Math.ceil },
  Round: { ...identity, float: even },
  Rint: { float: even },
  Sigmoid: { float: x => 1 / (1 + Math.exp(-x)) },
  Relu: exact(
    x => Math.max(x, 0),
    x => (x < 0n ? 0n : x),
  ),
  Relu6: exact(
    x => (x < 0 ? 0 : Math.min(x, 6)),
    x => (x < 0n ? 0n : x > 6n ? 6n : x),
  ),
  Elu: { float: x => (x < 0 ? Math.expm1(x) : x) },
  Selu: { float: x => SELU_SCALE * (x < 0 ? SELU_ALPHA * Math.expm1(x) : x) },
  Softplus: { float: x => (x > 30 ? x : Math.log1p(Math.exp(x))) },
  Softsign: { float: x => x / (1 + Math.abs(x)) },
}

const kernelOf =
  (op: Unary): Kernel =>
  call => {
    const input = inputAt(call, 0)
    const { dtype, shape } = input
    const compute = isFloat(dtype) ? op.float : isBig(dtype) ? op.big : dtype === 'bool' ? undefined : op.int
    if (!compute) throw new Unevaluable('not for this type')
    const data = elements(input) as ArrayLike<number>
    const step = compute as (x: number) => number
    return [filled(dtype, shape, call.limit, i => step(data[i] as number))]
  }

const question =
  (test: (x: number) => boolean): Kernel =>
  call => {
    const input = inputAt(call, 0)
    if (!isFloat(input.dtype)) throw new Unevaluable('not for this type')
    const data = elements(input) as ArrayLike<number>
    return [filled('bool', input.shape, call.limit, i => Number(test(data[i] as number)))]
  }

/** One number in, one out. */
export const unary: Record<string, Kernel> = {
  ...Object.fromEntries(Object.entries(TABLE).map(([name, op]) => [name, kernelOf(op)])),
  LeakyRelu: call => {
    const alpha = attrOf(call.node, 'alpha', 'float') ?? Math.fround(0.2)
    return kernelOf({ float: x => (x < 0 ? x * alpha : x) })(call)
  },
  IsNan: question(Number.isNaN),
  IsInf: question(x => Math.abs(x) === Number.POSITIVE_INFINITY),
  IsFinite: question(Number.isFinite),
}
