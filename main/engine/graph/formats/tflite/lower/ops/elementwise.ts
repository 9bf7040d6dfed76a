import { type GraphNode, sameShape } from '../../../../graph.ts'
import type { Builder, Lowering } from '../builder.ts'
import type { Value } from '../draft.ts'
import { Refusal } from '../refusal.ts'
import { typeName } from '../types.ts'

const direct =
  (op: string, options = {}): Lowering =>
  (builder, node) => {
    builder.emit(node, op, builder.inputs(node), options)
  }

const table = (text: string, options = {}): Record<string, Lowering> =>
  Object.fromEntries(
    text
      .trim()
      .split(/\s+/)
      .map(pair => pair.split(':') as [string, string])
      .map(([name, op]) => [name, direct(op, options)]),
  )

/** An operation that is a small formula; `number` makes a scalar of x's type. */
const formula =
  (
    compute: (
      step: (op: string, ...inputs: Value[]) => Value,
      x: Value,
      number: (value: number) => Value,
    ) => Value,
  ): Lowering =>
  (builder, node) => {
    const step = (op: string, ...inputs: Value[]) => {
      const widest = inputs.reduce((a, b) => (b.shape.length > a.shape.length ? b : a))
      return builder.step(node, op, inputs, {}, { shape: widest.shape, signature: widest.signature })
    }
    const x = builder.input(node, 0)
    let count = 0
    const made = compute(step, x, value => builder.scalar(node, `number_${count++}`, value, x.type))
    finish(builder, node, made)
  }

/** Gives the last step the node's own result to make, so that it has the node's name. */
export function finish(builder: Builder, node: GraphNode, made: Value): void {
  const result = builder.result(node)
  const operation = made.maker
  if (!operation || made.readers.size > 0) builder.alias(node, made)
  else {
    operation.outputs = [result]
    result.maker = operation
  }
}

/** SELECT takes three tensors of one shape, or a condition for each row; SELECT_V2 stretches them. */
const select: Lowering = (builder, node) => {
  const [condition, a, b] = builder.inputs(node) as [Value, Value, Value]
  const rows = node.op === 'Select' && condition.shape.length === 1 && condition.shape[0] === a.shape[0]
  const plain =
    sameShape(a.shape, b.shape) &&
    (sameShape(condition.shape, a.shape) || condition.shape.length === 0 || rows)
  builder.emit(node, plain ? 'SELECT' : 'SELECT_V2', [condition, a, b])
}

const cast: Lowering = (builder, node) => {
  const [from, to] = [builder.input(node, 0), builder.result(node)]
  // Types that are one in TensorFlow Lite: double and half become float.
  if (from.type === to.type) return builder.alias(node, from)
  builder.emit(node, 'CAST', [from], { in_data_type: typeName(from.type), out_data_type: typeName(to.type) })
}

const clip: Lowering = (builder, node) => {
  const [x, low, high] = builder.inputs(node) as [Value, Value, Value]
  const below = builder.step(node, 'MINIMUM', [x, high])
  builder.emit(node, 'MAXIMUM', [below, low])
}

const pow: Lowering = (builder, node) => {
  const [x, power] = builder.inputs(node) as [Value, Value]
  const exponents = power.data && new Set(Array.from(power.data as ArrayLike<number | bigint>, Number))
  const exponent =
    exponents?.size === 1 && power.shape.length <= x.shape.length ? [...exponents][0] : undefined
  if (exponent === 1) return builder.alias(node, x)
  if (exponent === 2) builder.emit(node, 'MUL', [x, x])
  else if (exponent === 0.5) builder.emit(node, 'SQRT', [x])
  else if (exponent === -0.5) builder.emit(node, 'RSQRT', [x])
  else builder.emit(node, 'POW', [x, power])
}

const addN: Lowering = (builder, node) => {
  const inputs = builder.inputs(node)
  if (inputs.length === 1) return builder.alias(node, inputs[0] as Value)
  builder.emit(node, inputs.length === 2 ? 'ADD' : 'ADD_N', inputs)
}

/** Where the divisor is 0 the result is 0. */
const divideNoNan: Lowering = (builder, node) => {
  const [a, b] = builder.inputs(node) as [Value, Value]
  const result = builder.result(node)
  const zero = builder.scalar(node, 'zero', 0)
  const isZero = builder.step(node, 'EQUAL', [b, zero], {}, { type: 'bool' })
  const like = { shape: result.shape, signature: result.signature }
  const quotient = builder.step(node, 'DIV', [a, b], {}, like)
  builder.emit(node, 'SELECT_V2', [isZero, zero, quotient])
}

/** `x * f(y)` that is 0 where x is 0, whatever y is. */
const zeroFirst =
  (op: 'DIV' | 'MUL', inner?: string): Lowering =>
  (builder, node) => {
    const [x, y] = builder.inputs(node) as [Value, Value]
    const result = builder.result(node)
    const zero = builder.scalar(node, 'zero', 0)
    const isZero = builder.step(node, 'EQUAL', [x, zero], {}, { type: 'bool' })
    const like = { shape: result.shape, signature: result.signature }
    const factor = inner ? builder.step(node, inner, [y]) : y
    const computed = builder.step(node, op, [x, factor], {}, like)
    builder.emit(node, 'SELECT_V2', [isZero, zero, computed])
  }

/** Division of whole numbers toward zero is what DIV does with them. */
const truncatedDivision: Lowering = (builder, node) => {
  if (!builder.input(node, 0).type.startsWith('int'))
    throw new Refusal('it divides numbers that are not whole')
  builder.emit(node, 'DIV', builder.inputs(node))
}

/** FLOOR_DIV gives up where a divisor is 0, which for floats is a result like others. */
const floorDivide: Lowering = (builder, node) => {
  const { type, shape, signature } = builder.result(node)
  if (type !== 'float32') builder.emit(node, 'FLOOR_DIV', builder.inputs(node))
  else
    builder.emit(node, 'FLOOR', [builder.step(node, 'DIV', builder.inputs(node), {}, { shape, signature })])
}

const divide: Lowering = (builder, node) => {
  builder.emit(node, 'DIV', builder.inputs(node))
}

const half = (op: 'ADD' | 'SUB') =>
  formula((step, x, number) =>
    step('MUL', step(op, step('EXP', x), step('EXP', step('NEG', x))), number(0.5)),
  )

export const ELEMENTWISE: Record<string, Lowering> = {
  ...table(`Abs:ABS Neg:NEG Exp:EXP Sin:SIN Cos:COS Floor:FLOOR Ceil:CEIL Round:ROUND Rint:ROUND Square:SQUARE
    Sqrt:SQRT Rsqrt:RSQRT Log:LOG Sign:SIGN LogicalNot:LOGICAL_NOT`),
  ...table(`Add:ADD AddV2:ADD Sub:SUB Mul:MUL Maximum:MAXIMUM Minimum:MINIMUM
    SquaredDifference:SQUARED_DIFFERENCE FloorMod:FLOOR_MOD Less:LESS LessEqual:LESS_EQUAL
    Greater:GREATER GreaterEqual:GREATER_EQUAL Equal:EQUAL NotEqual:NOT_EQUAL LogicalAnd:LOGICAL_AND
    LogicalOr:LOGICAL_OR Atan2:ATAN2 ZerosLike:ZEROS_LIKE BitwiseXor:BITWISE_XOR RightShift:RIGHT_SHIFT`),
  RealDiv: divide,
  Div: divide,
  FloorDiv: floorDivide,
  TruncateDiv: truncatedDivision,
  DivNoNan: divideNoNan,
  Xdivy: zeroFirst('DIV'),
  Xlogy: zeroFirst('MUL', 'LOG'),
  MulNoNan: (builder, node) => {
    const [x, y] = builder.inputs(node) as [Value, Value]
    const { shape, signature } = builder.result(node)
    const zero = builder.scalar(node, 'zero', 0)
    const isZero = builder.step(node, 'EQUAL', [y, zero], {}, { type: 'bool' })
    const made = builder.step(node, 'MUL', [x, y], {}, { shape, signature })
    builder.emit(node, 'SELECT_V2', [isZero, zero, made])
  },
  Pow: pow,
  Select: select,
  SelectV2: select,
  Cast: cast,
  ClipByValue: clip,
  AddN: addN,
  AccumulateNV2: addN,
  Reciprocal: formula((step, x, number) => step('DIV', number(1), x)),
  Inv: formula((step, x, number) => step('DIV', number(1), x)),
  Log1p: formula((step, x, number) => step('LOG', step('ADD', x, number(1)))),
  Expm1: formula((step, x, number) => step('SUB', step('EXP', x), number(1))),
  Sinh: half('SUB'),
  Cosh: half('ADD'),
  Tan: formula((step, x) => step('DIV', step('SIN', x), step('COS', x))),
  // Not operators of TensorFlow Lite: written out once it is known what they are part of.
  Erf: direct('ERF'),
  Erfc: direct('ERFC'),
  OnesLike: (builder, node) => {
    const x = builder.input(node, 0)
    const zeros = builder.step(node, 'ZEROS_LIKE', [x])
    builder.emit(node, 'ADD', [zeros, builder.scalar(node, 'one', 1, x.type)])
  },
  IsNan: (builder, node) => {
    const x = builder.input(node, 0)
    builder.emit(node, 'NOT_EQUAL', [x, x])
  },
  /** Of all numbers only infinite and undefined ones are not 0 when taken from themselves. */
  IsFinite: (builder, node) => {
    const x = builder.input(node, 0)
    const rest = builder.step(node, 'SUB', [x, x])
    builder.emit(node, 'EQUAL', [rest, builder.scalar(node, 'zero', 0)])
  },
  IsInf: (builder, node) => {
    const size = builder.step(node, 'ABS', [builder.input(node, 0)])
    builder.emit(node, 'EQUAL', [size, builder.scalar(node, 'infinity', Number.POSITIVE_INFINITY)])
  },
}
