import type { LiteOperator, LiteQuantization } from '../../graph/index.ts'
import { type Range, union } from './range.ts'
import type { QuantRule } from './rules.ts'

/** An operator that is computed in whole numbers, with the inputs and outputs that are activations. */
export interface QuantizedOperator {
  operator: LiteOperator
  rule: QuantRule
  data: number[]
  results: number[]
}

/**
 * The parameters of each activation. Tensors that an operator only moves values between have one range, the union of
 * theirs, so that nothing is cut off anywhere; TensorFlow's quantizer comes to the same where it joins, and narrows a
 * tensor to a part that is sliced out of it, which this one does not. What a kernel fixes stays fixed: where such a
 * result is then moved about alone its parameters go with it, where it is joined with others it is requantized.
 *
 * @param ranges by tensor, of all activations of the operators
 */
export function parametersOf(
  operators: readonly QuantizedOperator[],
  ranges: ReadonlyMap<number, Range>,
  of: (range: Range) => LiteQuantization,
  fixedOf: (rule: QuantRule) => LiteQuantization | undefined,
): {
  params: Map<number, LiteQuantization>
  requantize: (operator: LiteOperator, tensor: number) => LiteQuantization | undefined
} {
  const parent = new Map<number, number>()
  const root = (tensor: number): number => {
    let at = tensor
    for (let up = parent.get(at); up !== undefined && up !== at; up = parent.get(at)) at = up
    // The way is cut short for those who come after.
    for (let step = tensor; step !== at; ) {
      const up = parent.get(step) ?? at
      parent.set(step, at)
      step = up
    }
    return at
  }
  const join = (a: number, b: number) => void parent.set(root(a), root(b))

  // Operators stand in the order in which they run, so what is fixed is known before it is moved on.
  const fixed = new Map<number, LiteQuantization>()
  for (const { rule, data, results } of operators) {
    const [input] = data
    const params =
      fixedOf(rule) ?? (rule.same && data.length === 1 && input !== undefined ? fixed.get(input) : undefined)
    if (params) for (const result of results) fixed.set(result, params)
  }
  const joint = new Map<LiteOperator, number>()
  for (const { operator, rule, data, results } of operators) {
    const [first] = results
    if (!rule.same || first === undefined || fixed.has(first)) continue
    joint.set(operator, first)
    for (const result of results.slice(1)) join(result, first)
    for (const input of data) if (!fixed.has(input)) join(input, first)
  }

  const joined = new Map<number, Range>()
  for (const [tensor, range] of ranges) {
    if (fixed.has(tensor)) continue
    joined.set(root(tensor), union(joined.get(root(tensor)), range))
  }
  const made = new Map([...joined].map(([tensor, range]) => [tensor, of(range)]))
  const params = new Map<number, LiteQuantization>()
  for (const { data, results } of operators)
    for (const tensor of [...data, ...results]) {
      const found = fixed.get(tensor) ?? made.get(root(tensor))
      if (found) params.set(tensor, found)
    }

  return {
    params,
    requantize(operator, tensor) {
      const first = joint.get(operator)
      if (first === undefined) return undefined
      const wanted = params.get(first)
      const has = params.get(tensor)
      return wanted && has && !isSame(wanted, has) ? wanted : undefined
    },
  }
}

const isSame = (a: LiteQuantization, b: LiteQuantization): boolean =>
  a === b || (a.scale[0] === b.scale[0] && a.zeroPoint[0] === b.zeroPoint[0])
