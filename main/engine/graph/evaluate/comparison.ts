import { pairwise } from './broadcast.ts'
import { filled, Unevaluable } from './elements.ts'
import { inputAt, type Kernel } from './kernel.ts'

const compare =
  (test: (a: number | bigint, b: number | bigint) => boolean): Kernel =>
  call => [pairwise(inputAt(call, 0), inputAt(call, 1), 'bool', call.limit, { number: test, bigint: test })]

const logical =
  (test: (a: number, b: number) => boolean): Kernel =>
  call => {
    if (inputAt(call, 0).dtype !== 'bool') throw new Unevaluable('not for this type')
    return [pairwise(inputAt(call, 0), inputAt(call, 1), 'bool', call.limit, { number: test })]
  }

/** Questions, whose answers are bool. */
export const comparison: Record<string, Kernel> = {
  Equal: compare((a, b) => a === b),
  NotEqual: compare((a, b) => a !== b),
  Less: compare((a, b) => a < b),
  LessEqual: compare((a, b) => a <= b),
  Greater: compare((a, b) => a > b),
  GreaterEqual: compare((a, b) => a >= b),
  LogicalAnd: logical((a, b) => a !== 0 && b !== 0),
  LogicalOr: logical((a, b) => a !== 0 || b !== 0),
  LogicalNot: call => {
    const { dtype, shape, data } = inputAt(call, 0)
    if (dtype !== 'bool') throw new Unevaluable('not for this type')
    return [filled('bool', shape, call.limit, i => (data[i] ? 0 : 1))]
  },
}
