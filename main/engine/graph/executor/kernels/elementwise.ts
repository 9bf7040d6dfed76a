import type { Tensor as TfTensor } from '@tensorflow/tfjs'
import type { Tf } from '../../../tensor/index.ts'
import { evaluated } from '../evaluated.ts'
import { type Family, float, type Kernel, tensorAt } from '../kernel.ts'

/** Floats are computed by the backend; whole numbers and bool exactly, in their own type. */
const unary =
  (compute: (tf: Tf, x: TfTensor) => TfTensor): Kernel =>
  call => {
    const x = tensorAt(call.inputs, 0)
    return (x.dtype !== 'float32' ? evaluated(call) : undefined) ?? compute(call.tf, x)
  }

const binary =
  (compute: (tf: Tf, a: TfTensor, b: TfTensor) => TfTensor): Kernel =>
  call => {
    const [a, b] = [tensorAt(call.inputs, 0), tensorAt(call.inputs, 1)]
    const plain = a.dtype !== 'float32' || b.dtype !== 'float32'
    return (plain ? evaluated(call) : undefined) ?? compute(call.tf, a, b)
  }

const add = binary((tf, a, b) => tf.add(a, b))
const softsign = unary((tf, x) => tf.div(x, tf.add(tf.abs(x), 1)))

/** One number at a time, and two that are stretched to each other. */
export const elementwise: Family = {
  Abs: unary((tf, x) => tf.abs(x)),
  Acos: unary((tf, x) => tf.acos(x)),
  Acosh: unary((tf, x) => tf.acosh(x)),
  Add: add,
  AddN: ({ tf, inputs }) => tf.addN(inputs.map(input => input.tensor())),
  AddV2: add,
  Asin: unary((tf, x) => tf.asin(x)),
  Asinh: unary((tf, x) => tf.asinh(x)),
  Atan: unary((tf, x) => tf.atan(x)),
  Atan2: binary((tf, a, b) => tf.atan2(a, b)),
  Atanh: unary((tf, x) => tf.atanh(x)),
  Ceil: unary((tf, x) => tf.ceil(x)),
  ClipByValue: ({ tf, inputs }) =>
    tf.maximum(tf.minimum(tensorAt(inputs, 0), tensorAt(inputs, 2)), tensorAt(inputs, 1)),
  Cos: unary((tf, x) => tf.cos(x)),
  Cosh: unary((tf, x) => tf.cosh(x)),
  Div: binary((tf, a, b) => tf.div(a, b)),
  DivNoNan: binary((tf, a, b) => tf.divNoNan(a, b)),
  Elu: unary((tf, x) => tf.elu(x)),
  Equal: binary((tf, a, b) => tf.equal(a, b)),
  Erf: unary((tf, x) => tf.erf(x)),
  Erfc: unary((tf, x) => tf.sub(1, tf.erf(x))),
  Exp: unary((tf, x) => tf.exp(x)),
  Expm1: unary((tf, x) => tf.expm1(x)),
  Floor: unary((tf, x) => tf.floor(x)),
  FloorDiv: binary((tf, a, b) => tf.floor(tf.div(a, b))),
  // The rest has the sign of the divisor.
  FloorMod: binary((tf, a, b) => tf.sub(a, tf.mul(b, tf.floor(tf.div(a, b))))),
  Greater: binary((tf, a, b) => tf.greater(a, b)),
  GreaterEqual: binary((tf, a, b) => tf.greaterEqual(a, b)),
  Inv: unary((tf, x) => tf.reciprocal(x)),
  IsFinite: unary((tf, x) => tf.isFinite(x)),
  IsInf: unary((tf, x) => tf.isInf(x)),
  IsNan: unary((tf, x) => tf.isNaN(x)),
  LeakyRelu: ({ tf, node, inputs }) => tf.leakyRelu(tensorAt(inputs, 0), float(node, 'alpha', 0.2)),
  Less: binary((tf, a, b) => tf.less(a, b)),
  LessEqual: binary((tf, a, b) => tf.lessEqual(a, b)),
  Log: unary((tf, x) => tf.log(x)),
  Log1p: unary((tf, x) => tf.log1p(x)),
  LogicalAnd: binary((tf, a, b) => tf.logicalAnd(a, b)),
  LogicalNot: ({ tf, inputs }) => tf.logicalNot(tensorAt(inputs, 0)),
  LogicalOr: binary((tf, a, b) => tf.logicalOr(a, b)),
  Maximum: binary((tf, a, b) => tf.maximum(a, b)),
  Minimum: binary((tf, a, b) => tf.minimum(a, b)),
  Mul: binary((tf, a, b) => tf.mul(a, b)),
  Neg: unary((tf, x) => tf.neg(x)),
  NotEqual: binary((tf, a, b) => tf.notEqual(a, b)),
  Pow: binary((tf, a, b) => tf.pow(a, b)),
  Prelu: ({ tf, inputs }) => tf.prelu(tensorAt(inputs, 0), tensorAt(inputs, 1)),
  RealDiv: binary((tf, a, b) => tf.div(a, b)),
  Reciprocal: unary((tf, x) => tf.reciprocal(x)),
  Relu: unary((tf, x) => tf.relu(x)),
  Relu6: unary((tf, x) => tf.relu6(x)),
  Rint: unary((tf, x) => tf.round(x)),
  Round: unary((tf, x) => tf.round(x)),
  Rsqrt: unary((tf, x) => tf.rsqrt(x)),
  Selu: unary((tf, x) => tf.selu(x)),
  Sigmoid: unary((tf, x) => tf.sigmoid(x)),
  Sign: unary((tf, x) => tf.sign(x)),
  Sin: unary((tf, x) => tf.sin(x)),
  Sinh: unary((tf, x) => tf.sinh(x)),
  Softplus: unary((tf, x) => tf.softplus(x)),
  Softsign: softsign,
  Sqrt: unary((tf, x) => tf.sqrt(x)),
  Square: unary((tf, x) => tf.square(x)),
  SquaredDifference: binary((tf, a, b) => tf.squaredDifference(a, b)),
  Sub: binary((tf, a, b) => tf.sub(a, b)),
  Tan: unary((tf, x) => tf.tan(x)),
  Tanh: unary((tf, x) => tf.tanh(x)),
}
