import type { DataType } from '../graph.ts'
import { pairwise } from './broadcast.ts'
import { isFloat, larger, smaller, Unevaluable } from './elements.ts'
import { bfloat16Of, float16Of, fromBfloat16, fromFloat16 } from './half.ts'
import { inputAt, type Kernel } from './kernel.ts'

type OnNumbers = (a: number, b: number) => number
type OnBigints = (a: bigint, b: bigint) => bigint

interface Arithmetic {
  float?: OnNumbers
  /** For whole numbers of up to 32 bits; what overflows wraps when it is stored. */
  int?: OnNumbers
  /** For 64-bit whole numbers, which wrap likewise. */
  big?: OnBigints
}

const same = (number: OnNumbers, big: OnBigints): Arithmetic => ({ float: number, int: number, big })

/** Division of whole numbers by zero is an error in TensorFlow, and so no constant. */
const divisor = <T extends number | bigint>(value: T): T => {
  if (value === 0 || value === 0n) throw new Unevaluable('division by zero')
  return value
}

const floorMod = (a: bigint, b: bigint) => ((a % divisor(b)) + b) % b

/** Integer powers by squaring, wrapping as 32-bit multiplication does. */
function power(base: number, exponent: number): number {
  if (exponent < 0) throw new Unevaluable('negative exponent')
  let [result, square] = [1, base]
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = Math.imul(result, square)
    square = Math.imul(square, square)
  }
  return result
}

const nonNegative = (exponent: bigint): bigint => {
  // Beyond this a power of anything but -1, 0 and 1 is a number of billions of digits before it wraps.
  if (exponent < 0n || exponent > 4096n) throw new Unevaluable('exponent out of reach')
  return exponent
}

const floorDiv: Arithmetic = {
  float: (a, b) => Math.floor(a / b),
  int: (a, b) => Math.floor(a / divisor(b)),
  big: (a, b) => (a - floorMod(a, b)) / b,
}

const truncateDiv: Arithmetic = {
  int: (a, b) => Math.trunc(a / divisor(b)),
  big: (a, b) => a / divisor(b),
}

const add = same(
  (a, b) => a + b,
  (a, b) => a + b,
)

const floatMod = (a: number, b: number) => {
  const rest = a % b
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest
}

const TABLE: Record<string, Arithmetic> = {
  Add: add,
  AddV2: add,
  Sub: same(
    (a, b) => a - b,
    (a, b) => a - b,
  ),
  Mul: { float: (a, b) => a * b, int: Math.imul, big: (a, b) => a * b },
  RealDiv: { float: (a, b) => a / b },
  Div: { float: (a, b) => a / b, ...truncateDiv },
  DivNoNan: { float: (a, b) => (b === 0 ? 0 : a / b) },
  MulNoNan: { float: (a, b) => (b === 0 ? 0 : a * b) },
  FloorDiv: floorDiv,
  TruncateDiv: truncateDiv,
  FloorMod: { float: floatMod, int: (a, b) => floatMod(a, divisor(b)), big: floorMod },
  Mod: { float: (a, b) => a % b, int: (a, b) => a % divisor(b), big: (a, b) => a % divisor(b) },
  TruncateMod: { float: (a, b) => a % b, int: (a, b) => a % divisor(b), big: (a, b) => a % divisor(b) },
  Maximum: same(Math.max, larger),
  Minimum: same(Math.min, smaller),
  Pow: { float: (a, b) => a ** b, int: power, big: (a, b) => a ** nonNegative(b) },
  Atan2: { float: Math.atan2 },
  Xdivy: { float: (a, b) => (a === 0 ? 0 : a / b) },
  Xlogy: { float: (a, b) => (a === 0 ? 0 : a * Math.log(b)) },
}

const kernelOf =
  (op: Arithmetic): Kernel =>
  call => {
    const [a, b] = [inputAt(call, 0), inputAt(call, 1)]
    const number = isFloat(a.dtype) ? op.float : a.dtype === 'bool' ? undefined : op.int
    return [pairwise(a, b, a.dtype, call.limit, { number, bigint: op.big })]
  }

const ROUND: Partial<Record<DataType, (value: number) => number>> = {
  float32: Math.fround,
  float16: value => fromFloat16(float16Of(value)),
  bfloat16: value => fromBfloat16(bfloat16Of(value)),
}

/** The difference is rounded to its type before it is squared, as in the kernel. */
const squaredDifference: Kernel = call => {
  const [a, b] = [inputAt(call, 0), inputAt(call, 1)]
  const round = ROUND[a.dtype] ?? (value => value)
  const float = (x: number, y: number) => round(x - y) ** 2
  const int = (x: number, y: number) => Math.imul(x - y, x - y)
  const bigint = (x: bigint, y: bigint) => (x - y) * (x - y)
  return [pairwise(a, b, a.dtype, call.limit, { number: isFloat(a.dtype) ? float : int, bigint })]
}

/** Sums, products and what else takes two numbers of a type and gives one of it. */
export const arithmetic: Record<string, Kernel> = {
  ...Object.fromEntries(Object.entries(TABLE).map(([name, op]) => [name, kernelOf(op)])),
  SquaredDifference: squaredDifference,
}
