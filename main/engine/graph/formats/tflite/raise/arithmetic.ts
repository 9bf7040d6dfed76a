import { attr } from '../../../graph.ts'
import type { Call, Raise } from './call.ts'

const inputs = (call: Call) => Array.from({ length: call.count }, (_, i) => call.input(i))

/** An operation of the same meaning, on values of one type. */
const same =
  (op: string): Raise =>
  call =>
    call.add(op, inputs(call), { T: attr.type(call.dtype(0)) })

/** One that TensorFlow Lite may end in an activation. */
const activated =
  (op: string): Raise =>
  call =>
    call.activated(call.typed(op, inputs(call)))

/** An operation on truth values, which has no type attribute. */
const truth =
  (op: string): Raise =>
  call =>
    call.add(op, inputs(call))

const UNARY = `ABS Abs, CEIL Ceil, COS Cos, EXP Exp, FLOOR Floor, LOG Log, NEG Neg, ROUND Round, RSQRT Rsqrt, SIGN Sign,
  SIN Sin, SQRT Sqrt, SQUARE Square, ZEROS_LIKE ZerosLike`

const BINARY = `MAXIMUM Maximum, MINIMUM Minimum, POW Pow, SQUARED_DIFFERENCE SquaredDifference, FLOOR_DIV FloorDiv,
  FLOOR_MOD FloorMod, ATAN2 Atan2, EQUAL Equal, NOT_EQUAL NotEqual, GREATER Greater, GREATER_EQUAL GreaterEqual,
  LESS Less, LESS_EQUAL LessEqual, BITWISE_XOR BitwiseXor, RIGHT_SHIFT RightShift`

const alike = Object.fromEntries(
  [UNARY, BINARY]
    .join(',')
    .split(',')
    .map(pair => pair.trim().split(' ') as [string, string])
    .map(([lite, op]) => [lite, same(op)]),
)

const select =
  (op: string): Raise =>
  call =>
    call.add(op, inputs(call), { T: attr.type(call.dtype(1)) })

export const arithmetic: Record<string, Raise> = {
  ...alike,
  ADD: activated('AddV2'),
  SUB: activated('Sub'),
  MUL: activated('Mul'),
  DIV: call => activated(call.dtype(0).startsWith('float') ? 'RealDiv' : 'Div')(call),
  ADD_N: call => call.typed('AddN', inputs(call), { N: attr.int(call.count) }),
  LOGICAL_AND: truth('LogicalAnd'),
  LOGICAL_OR: truth('LogicalOr'),
  LOGICAL_NOT: truth('LogicalNot'),
  SELECT: select('Select'),
  SELECT_V2: select('SelectV2'),
  CAST: call =>
    call.add('Cast', [call.input(0)], {
      SrcT: attr.type(call.dtype(0)),
      DstT: attr.type(call.outputs[0]?.dtype ?? 'float32'),
      Truncate: attr.bool(false),
    }),
}
