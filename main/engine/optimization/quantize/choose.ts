import type { LiteOperator, LiteSubgraph } from '../../graph/index.ts'
import type { QuantizedOperator } from './classes.ts'
import { floatsOf } from './edit.ts'
import { isKept, layerOf } from './keep.ts'
import { isRange, type Range } from './range.ts'
import { type QuantRule, RULES } from './rules.ts'

/** Which operators are computed in whole numbers, and why the others are not. */
export interface Chosen {
  operators: Map<LiteOperator, QuantizedOperator>
  kept: { layer: string; reason: string }[]
}

/**
 * @param rangeAt range of a tensor, where it is known
 * @param keep names of layers and nodes that stay float
 */
export function choose(
  subgraph: LiteSubgraph,
  rangeAt: (tensor: number) => Range | undefined,
  bits: 8 | 16,
  keep: readonly string[],
): Chosen {
  const { tensors, operators } = subgraph
  const isFloat = (tensor: number) => tensor >= 0 && tensors[tensor]?.type === 'float32'
  const chosen = new Map<LiteOperator, QuantizedOperator>()
  const kept = new Map<string, string>()
  for (const operator of operators) {
    const { op, inputs, outputs } = operator
    if (![...inputs, ...outputs].some(isFloat)) continue
    const rule = RULES[op]
    const reason = (): string | undefined => {
      if (isKept(operator, subgraph, keep)) return 'kept float as asked'
      if (op === 'QUANTIZE' || op === 'DEQUANTIZE') return 'its numbers are converted already'
      if (!rule || (bits === 16 && !rule.int16)) return `${op} is not computed in ${bits}-bit whole numbers`
      return weightsReason(operator, rule, subgraph)
    }
    const data = (rule?.data === 'all' ? inputs.map((_, at) => at) : [...(rule?.data ?? [])])
      .map(at => inputs[at] ?? -1)
      .filter(isFloat)
    const results = rule?.plain ? [] : outputs.filter(isFloat)
    let why = reason()
    if (why === undefined) {
      if (data.length === 0) continue
      const missing = [...data, ...results].find(tensor => !isRange(rangeAt(tensor)))
      if (missing !== undefined)
        why = `the values of ${tensors[missing]?.name} were not seen while calibrating`
    }
    if (why !== undefined) kept.set(layerOf(operator, subgraph), why)
    else if (rule) chosen.set(operator, { operator, rule, data, results })
  }
  return { operators: chosen, kept: [...kept].map(([layer, reason]) => ({ layer, reason })) }
}

/** Why the weights cannot be had in whole numbers, if they cannot. */
function weightsReason(
  { op, inputs }: LiteOperator,
  { weights, bias }: QuantRule,
  { tensors }: LiteSubgraph,
): string | undefined {
  if (!weights) return undefined
  const tensor = tensors[inputs[weights.input] ?? -1]
  const values = floatsOf(tensor)
  if (!tensor || !values) return `${op} needs constant weights`
  if (!areFinite(values)) return 'its weights are not all numbers'
  const at = bias === undefined ? -1 : (inputs[bias] ?? -1)
  if (at < 0) return undefined
  const biases = floatsOf(tensors[at])
  if (!biases) return `${op} needs a constant bias`
  if (!areFinite(biases)) return 'its biases are not all numbers'
  if (biases.length !== (tensor.shape[weights.axis] ?? 1)) return 'it has not one bias for each channel'
  return undefined
}

export function areFinite(values: Float32Array): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return false
  return true
}
