import type { LiteModel, LiteQuantization, LiteTensor } from '../../graph/index.ts'
import { choose } from './choose.ts'
import { parametersOf, type QuantizedOperator } from './classes.ts'
import { bytesOf, floatsOf } from './edit.ts'
import { type ActivationOptions, Places } from './places.ts'
import { int8Of, int16Of, type Range, rangeOf } from './range.ts'
import type { QuantRule } from './rules.ts'
import { quantizeBias, quantizeWeights } from './weights.ts'

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
  const { bits } = options
  const known = new Map(ranges)
  // A constant that is added or joined is an activation that never changes.
  const rangeAt = (tensor: number): Range | undefined => {
    const values = floatsOf(before.tensors[tensor])
    if (values && values.length > 0 && !known.has(tensor)) known.set(tensor, rangeOf(values))
    return known.get(tensor)
  }
  const { operators, kept } = choose(before, rangeAt, bits, options.keepFloat)
  if (operators.size === 0) return { model, kept }
  const params = parametersOf(
    [...operators.values()],
    before,
    known,
    bits === 8 ? int8Of : int16Of,
    rule => rule.fixed && fixedOf(rule.fixed, bits),
  )

  const places = new Places(before, params.of, options)
  for (const operator of before.operators) {
    const plan = operators.get(operator)
    if (!plan) {
      places.keepFloat(operator)
      continue
    }
    const read = operator.inputs.map(tensor => {
      if (!plan.data.includes(tensor)) return tensor
      const wanted = params.requantize(operator, tensor)
      return wanted ? places.requantized(tensor, wanted) : places.whole(tensor)
    })
    if (plan.rule.weights) placeWeights(plan, plan.rule.weights, read, places, options)
    places.put(operator, read, plan.results)
  }
  return { model: places.done(model), kept }
}

const fixedOf = ({ int8, int16 }: NonNullable<QuantRule['fixed']>, bits: 8 | 16): LiteQuantization =>
  bits === 8
    ? { scale: [int8.scale], zeroPoint: [int8.zeroPoint], axis: 0 }
    : { scale: [int16.scale], zeroPoint: [0], axis: 0 }

/** Puts weights and bias into whole numbers in the place of those that are read. */
function placeWeights(
  { operator, rule, data }: QuantizedOperator,
  { input, axis }: NonNullable<QuantRule['weights']>,
  read: number[],
  places: Places,
  { bits, perTensorDense }: ActivationOptions,
): void {
  const at = operator.inputs[input] as number
  const tensor = places.before.tensors[at] as LiteTensor
  const values = floatsOf(tensor) as Float32Array
  const step = places.stepOf(data[0] as number)
  const biasAt = rule.bias === undefined ? -1 : (operator.inputs[rule.bias] ?? -1)
  const bias = floatsOf(places.before.tensors[biasAt])
  const channels = perTensorDense && operator.op === 'FULLY_CONNECTED' ? null : axis
  const guard = { bias: bias ?? new Float32Array(), scale: step }
  const made = quantizeWeights(values, tensor.shape, channels, guard)
  const { scale, zeroPoint } = made.quantization
  const { products } = made
  // Weights that several read are kept once; a wide bias at one of them may ask for scales of its own.
  read[input] = places.constant(`${at} ${channels} ${scale.join()}`, tensor, () => ({
    type: 'int8',
    data: bytesOf(made.data),
    quantization: made.quantization,
  }))
  if (!bias || rule.bias === undefined) return
  read[rule.bias] = places.constant(
    `${biasAt} ${products.join()}`,
    places.before.tensors[biasAt] as LiteTensor,
    () => ({
      type: bits === 8 ? 'int32' : 'int64',
      data: bytesOf(quantizeBias(bias, products, bits === 8 ? 32 : 64)),
      quantization: { scale: products, zeroPoint, axis: 0 },
    }),
  )
}
