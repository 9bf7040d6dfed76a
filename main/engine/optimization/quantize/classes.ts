import type { LiteOperator, LiteQuantization, LiteSubgraph } from '../../graph/index.ts'
import { type Range, union } from './range.ts'
import type { QuantRule } from './rules.ts'

/** An operator that is computed in whole numbers, with the inputs and outputs that are activations. */
export interface QuantizedOperator {
  operator: LiteOperator
  rule: QuantRule
  data: number[]
  results: number[]
}

export interface Params {
  /** Of each activation as it is computed; of a constant that only joins others, none. */
  of: ReadonlyMap<number, LiteQuantization>
  /** Those that an operator must read the tensor with, where they are not the tensor's own. */
  requantize(operator: LiteOperator, tensor: number): LiteQuantization | undefined
}

/**
 * The parameters of each activation. Tensors that an operator only moves values between have one range, that of what
 * flows in; what joins several (a concatenation, a maximum) has the range of its result, since nothing else of them
 * comes through. A tensor that is read elsewhere too widens the range to its own, so that nothing is cut off there;
 * TensorFlow's quantizer comes to the same except that it narrows such a tensor to the result of the join. What a
 * kernel fixes stays fixed: where such a result is then moved about alone its parameters go with it, where it is
 * joined with others it is requantized.
 *
 * @param operators those in whole numbers, in the order in which they run
 * @param ranges by tensor, of all activations and of the constants among them
 */
export function parametersOf(
  operators: readonly QuantizedOperator[],
  { tensors, operators: all, outputs }: LiteSubgraph,
  ranges: ReadonlyMap<number, Range>,
  of: (range: Range) => LiteQuantization,
  fixedOf: (rule: QuantRule) => LiteQuantization | undefined,
): Params {
  const fixed = new Map<number, LiteQuantization>()
  for (const { rule, data, results } of operators) {
    const [input] = data
    const params =
      fixedOf(rule) ?? (rule.same && data.length === 1 && input !== undefined ? fixed.get(input) : undefined)
    if (params) for (const result of results) fixed.set(result, params)
  }

  const { root, join } = disjointSets()
  /** One result of each operator whose data and results share parameters. */
  const shared = new Map<LiteOperator, number>()
  const joins: QuantizedOperator[] = []
  for (const each of operators) {
    const { operator, rule, data, results } = each
    const [first] = results
    if (!rule.same || first === undefined || fixed.has(first)) continue
    shared.set(operator, first)
    for (const result of results) join(result, first)
    const [input] = data
    if (data.length > 1) joins.push(each)
    else if (input !== undefined && !fixed.has(input)) join(input, first)
  }
  // What is joined twice goes with the last, as in TensorFlow, and is requantized for the others.
  const taken = new Set<number>()
  for (const { operator, data } of joins.toReversed()) {
    const first = shared.get(operator) as number
    const at = root(first)
    taken.add(at)
    // A constant that is joined is written in the parameters of each join.
    for (const input of data)
      if (!fixed.has(input) && !tensors[input]?.data && (root(input) === at || !taken.has(root(input))))
        join(input, first)
  }
  const joining = new Set(joins.map(({ operator }) => operator))

  const onlyJoined = tensorsReadBy(joining, all)
  for (const output of outputs) onlyJoined.delete(output)
  const joined = new Map<number, Range>()
  for (const pass of ['read elsewhere', 'left'] as const) {
    const known = new Set(joined.keys())
    for (const [tensor, range] of ranges) {
      const at = root(tensor)
      if (fixed.has(tensor) || (pass === 'left' ? known.has(at) : onlyJoined.has(tensor))) continue
      joined.set(at, union(joined.get(at), range))
    }
  }

  const made = new Map([...joined].map(([tensor, range]) => [tensor, of(range)]))
  const params = new Map<number, LiteQuantization>()
  for (const { operator, data, results } of operators)
    for (const tensor of [...data, ...results]) {
      if (joining.has(operator) && tensors[tensor]?.data) continue
      const found = fixed.get(tensor) ?? made.get(root(tensor))
      if (found) params.set(tensor, found)
    }

  return {
    of: params,
    requantize(operator, tensor) {
      const first = shared.get(operator)
      const wanted = first === undefined ? undefined : params.get(first)
      const has = params.get(tensor)
      if (!wanted || (has && isSame(wanted, has))) return undefined
      return wanted
    },
  }
}

/** The tensors that these operators read and no others. */
function tensorsReadBy(some: ReadonlySet<LiteOperator>, all: readonly LiteOperator[]): Set<number> {
  const found = new Set([...some].flatMap(operator => operator.inputs))
  for (const operator of all)
    if (!some.has(operator)) for (const input of operator.inputs) found.delete(input)
  return found
}

/** Union-find over tensors. */
function disjointSets() {
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
  return { root, join: (a: number, b: number) => void parent.set(root(a), root(b)) }
}

const isSame = (a: LiteQuantization, b: LiteQuantization) =>
  a.scale[0] === b.scale[0] && a.zeroPoint[0] === b.zeroPoint[0]
