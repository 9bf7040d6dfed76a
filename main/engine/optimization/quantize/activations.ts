import type { LiteModel, LiteOperator, LiteQuantization, LiteTensor } from '../../graph/index.ts'
import { parametersOf, type QuantizedOperator } from './classes.ts'
import { bytesOf, floatsOf, SubgraphEdit, withSubgraph } from './edit.ts'
import { isKept, layerOf } from './keep.ts'
import { int8Of, int16Of, quantized, type Range } from './range.ts'
import { type QuantRule, RULES } from './rules.ts'
import { quantizeWeights } from './weights.ts'

export interface ActivationOptions {
  /** Bits of activations; weights have 8 in both. */
  bits: 8 | 16
  /** Type of the model's inputs and outputs: float, with conversions at the ends, or the activations' own. */
  io: 'float32' | 'int8'
  perTensorDense: boolean
  /** Layers or nodes that stay float. */
  keepFloat: readonly string[]
}

export interface QuantizedModel {
  model: LiteModel
  /** Layers with operators that stay float, with the reason for each. */
  kept: { layer: string; reason: string }[]
}

/**
 * Weights and activations in whole numbers, as TensorFlow Lite's integer kernels compute (its quantization
 * specification; Jacob et al. 2018): asymmetric 8-bit activations, or symmetric 16-bit ones, symmetric 8-bit weights for
 * each channel, biases in the scale of their products. What has no such kernel, no range, or is to stay float is
 * computed in floats between a `DEQUANTIZE` and a `QUANTIZE`.
 *
 * @param ranges least and greatest value of each activation of the first subgraph, by tensor
 */
export function quantizeActivations(
  model: LiteModel,
  ranges: ReadonlyMap<number, Range>,
  options: ActivationOptions,
): QuantizedModel {
  const [before] = model.subgraphs
  if (!before) return { model, kept: [] }
  const wide = options.bits === 16
  const type = wide ? ('int16' as const) : ('int8' as const)
  const [low, high] = wide ? [-32767, 32767] : [-128, 127]
  const kept = new Map<string, string>()
  const known = new Map(ranges)
  // A constant that is added or joined is an activation that never changes.
  before.tensors.forEach((tensor, i) => {
    const values = floatsOf(tensor)
    if (values && values.length > 0) known.set(i, rangeOf(values))
  })

  const chosen = new Map<LiteOperator, QuantizedOperator>()
  for (const operator of before.operators) {
    const found = choose(operator)
    if (typeof found === 'string') kept.set(layerOf(operator, before), found)
    else if (found) chosen.set(operator, found)
  }

  /** The operator's activations, or why it stays float; null where it has no floats at all. */
  function choose(operator: LiteOperator): QuantizedOperator | string | null {
    const isFloat = (tensor: number) => tensor >= 0 && before?.tensors[tensor]?.type === 'float32'
    const floats = [...operator.inputs, ...operator.outputs].filter(isFloat)
    if (floats.length === 0) return null
    const rule = RULES[operator.op]
    if (isKept(operator, before as typeof before & object, options.keepFloat)) return 'kept float as asked'
    if (!rule || (wide && !rule.int16))
      return `${operator.op} is not computed in ${options.bits}-bit whole numbers`
    const data = (rule.data === 'all' ? operator.inputs.map((_, i) => i) : [...rule.data])
      .map(at => operator.inputs[at] ?? -1)
      .filter(isFloat)
    const results = rule.plain ? [] : operator.outputs.filter(isFloat)
    if (data.length === 0) return null
    const missing = [...data, ...results].find(tensor => !isKnown(known.get(tensor)))
    if (missing !== undefined)
      return `the values of ${before?.tensors[missing]?.name} were not seen while calibrating`
    if (rule.weights) {
      const weights = operator.inputs[rule.weights.input] ?? -1
      const values = floatsOf(before?.tensors[weights])
      if (!values) return `${operator.op} needs constant weights`
      if (!values.every(Number.isFinite)) return 'its weights are not all numbers'
      const bias = rule.bias === undefined ? -1 : (operator.inputs[rule.bias] ?? -1)
      if (bias >= 0 && !floatsOf(before?.tensors[bias])) return `${operator.op} needs a constant bias`
    }
    return { operator, rule, data, results }
  }

  const { params, requantize } = parametersOf(
    [...chosen.values()],
    known,
    wide ? int16Of : int8Of,
    ({ fixed }: QuantRule): LiteQuantization | undefined =>
      fixed &&
      (wide
        ? { scale: [fixed.int16.scale], zeroPoint: [0], axis: 0 }
        : { scale: [fixed.int8.scale], zeroPoint: [fixed.int8.zeroPoint], axis: 0 }),
  )

  const edit = new SubgraphEdit(before)
  /** The whole-number form of a tensor, and where it can be had by now. */
  const whole = new Map<number, number>()
  const has = { float: new Set<number>(), whole: new Set<number>() }
  before.tensors.forEach((tensor, i) => {
    if (tensor.data) has.float.add(i)
  })
  for (const input of before.inputs) has.float.add(input)
  const packed = new Map<string, number>()

  const wholeOf = (tensor: number): number => {
    const there = whole.get(tensor)
    if (there !== undefined) return there
    const from = before.tensors[tensor] as LiteTensor
    const quantization = params.get(tensor) as LiteQuantization
    const values = floatsOf(from)
    const { data: _, ...rest } = from
    const made = edit.add({
      ...rest,
      name: values ? `${from.name}_${type}` : from.name,
      type,
      quantization,
      ...(values ? { data: bytesOf(typed(quantized(values, quantization, low, high))) } : {}),
    })
    whole.set(tensor, made)
    if (values) has.whole.add(tensor)
    return made
  }
  const typed = (values: Int32Array) => (wide ? Int16Array.from(values) : Int8Array.from(values))
  const needFloat = (tensor: number): void => {
    if (tensor < 0 || has.float.has(tensor) || !has.whole.has(tensor)) return
    // The float form takes another name: a name stands for one tensor.
    edit.tensors[tensor] = {
      ...(before.tensors[tensor] as LiteTensor),
      name: `${before.tensors[tensor]?.name}_float32`,
    }
    edit.put({ op: 'DEQUANTIZE', version: 1, inputs: [wholeOf(tensor)], outputs: [tensor], options: {} })
    has.float.add(tensor)
  }
  const needWhole = (tensor: number): number => {
    const made = wholeOf(tensor)
    if (!has.whole.has(tensor)) {
      edit.tensors[tensor] = {
        ...(before.tensors[tensor] as LiteTensor),
        name: `${before.tensors[tensor]?.name}_float32`,
      }
      edit.put({ op: 'QUANTIZE', version: 1, inputs: [tensor], outputs: [made], options: {} })
      has.whole.add(tensor)
    }
    return made
  }

  // Inputs of the model: in whole numbers at once, where that is asked for and somebody computes with them so.
  const inputs = before.inputs.map(input => {
    if (options.io === 'float32' || !params.has(input)) return input
    has.float.delete(input)
    has.whole.add(input)
    return wholeOf(input)
  })

  for (const operator of before.operators) {
    const plan = chosen.get(operator)
    if (!plan) {
      for (const input of operator.inputs) needFloat(input)
      for (const output of operator.outputs) has.float.add(output)
      edit.put(operator)
      continue
    }
    const read = [...operator.inputs]
    for (const [at, tensor] of operator.inputs.entries()) {
      if (!plan.data.includes(tensor)) continue
      const wanted = requantize(operator, tensor)
      read[at] = wanted ? requantized(tensor, wanted) : needWhole(tensor)
    }
    if (plan.rule.weights) putWeights(plan, read)
    const written = operator.outputs.map(output => {
      if (!plan.results.includes(output)) return output
      has.whole.add(output)
      return wholeOf(output)
    })
    edit.put({ ...operator, inputs: read, outputs: written })
  }

  function requantized(tensor: number, wanted: LiteQuantization): number {
    const from = before?.tensors[tensor] as LiteTensor
    const key = `${tensor} ${wanted.scale[0]} ${wanted.zeroPoint[0]}`
    const there = packed.get(key)
    if (there !== undefined) return there
    const values = floatsOf(from)
    const { data: _, ...rest } = from
    const made = edit.add({
      ...rest,
      name: `${from.name}_requantized`,
      type,
      quantization: wanted,
      ...(values ? { data: bytesOf(typed(quantized(values, wanted, low, high))) } : {}),
    })
    packed.set(key, made)
    if (!values)
      edit.put({ op: 'QUANTIZE', version: 1, inputs: [needWhole(tensor)], outputs: [made], options: {} })
    return made
  }

  function putWeights({ operator, rule }: QuantizedOperator, read: number[]): void {
    if (!rule.weights || !before) return
    const { input, axis } = rule.weights
    const at = operator.inputs[input] as number
    const tensor = before.tensors[at] as LiteTensor
    const values = floatsOf(tensor) as Float32Array
    const data = operator.inputs[(rule.data as number[])[0] ?? 0] as number
    const step = params.get(data)?.scale[0] ?? 1
    const biasAt = rule.bias === undefined ? -1 : (operator.inputs[rule.bias] ?? -1)
    const bias = biasAt >= 0 ? floatsOf(before.tensors[biasAt]) : undefined
    const channels = options.perTensorDense && operator.op === 'FULLY_CONNECTED' ? null : axis
    // Weights that several read are kept once; a wide bias at one of them may ask for scales of its own.
    const made = quantizeWeights(
      values,
      tensor.shape,
      channels,
      bias && !wide ? { bias, scale: step } : undefined,
    )
    const key = `${at} ${channels} ${made.quantization.scale.join()}`
    const place =
      packed.get(key) ??
      edit.add({ ...tensor, type: 'int8', data: bytesOf(made.data), quantization: made.quantization })
    packed.set(key, place)
    read[input] = place
    if (!bias || rule.bias === undefined) return
    const scale = made.quantization.scale.map(each => Math.fround(step * each))
    const biasKey = `${biasAt} ${scale.join()}`
    const biasPlace =
      packed.get(biasKey) ?? edit.add(biasOf(before.tensors[biasAt] as LiteTensor, bias, scale))
    packed.set(biasKey, biasPlace)
    read[rule.bias] = biasPlace
  }

  function biasOf(tensor: LiteTensor, values: Float32Array, scale: number[]): LiteTensor {
    const steps = (i: number) =>
      Math.round((values[i] as number) / (scale[scale.length === 1 ? 0 : i] as number))
    const data = wide
      ? BigInt64Array.from(values, (_, i) => BigInt(steps(i)))
      : Int32Array.from(values, (_, i) => Math.max(-MOST, Math.min(MOST, steps(i))))
    return {
      ...tensor,
      type: wide ? 'int64' : 'int32',
      data: bytesOf(data),
      quantization: { scale, zeroPoint: scale.map(() => 0), axis: 0 },
    }
  }

  const moved = new Map<number, number>()
  before.inputs.forEach((input, i) => {
    if (inputs[i] !== input) moved.set(input, inputs[i] as number)
  })
  const outputs = before.outputs.map(output => {
    if (options.io === 'float32' || !has.whole.has(output)) {
      needFloat(output)
      return output
    }
    moved.set(output, wholeOf(output))
    return wholeOf(output)
  })
  return {
    model: withSubgraph(model, edit.done(inputs, outputs), moved),
    kept: [...kept].map(([layer, reason]) => ({ layer, reason })),
  }
}

/** Largest bias that 32 bits hold, the same on both sides. */
const MOST = 2 ** 31 - 1

const isKnown = (range: Range | undefined): boolean =>
  range !== undefined && Number.isFinite(range.min) && Number.isFinite(range.max) && range.min <= range.max

function rangeOf(values: Float32Array): Range {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) {
    if (value < min) min = value
    if (value > max) max = value
  }
  return { min, max }
}
