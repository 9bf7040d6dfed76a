import type { GraphNode, Tensor } from '../../../../graph.ts'
import type { Builder, Lowering } from '../builder.ts'
import type { Value } from '../draft.ts'
import { Refusal } from '../refusal.ts'
import { flag, float, inChannelsLast, isChannelsFirst } from './attributes.ts'

const { fround } = Math

interface Statistics {
  mean: Tensor
  variance: Tensor
  beta: Tensor
  gamma: Tensor | undefined
  epsilon: number
}

/** `x * factor + offset` for each channel, in the 32-bit arithmetic of TensorFlow's converter. */
function normalize(
  builder: Builder,
  node: GraphNode,
  image: Value,
  result: Value,
  statistics: Statistics,
): void {
  const { mean, variance, beta, gamma, epsilon } = statistics
  const at = (tensor: Tensor, i: number) => Number(tensor.data[i])
  const channels = mean.data.length
  const factor = Float32Array.from({ length: channels }, (_, i) => {
    const inverse = fround(1 / Math.sqrt(fround(at(variance, i) + fround(epsilon))))
    return gamma ? fround(at(gamma, i) * inverse) : inverse
  })
  const offset = Float32Array.from(factor, (s, i) => fround(at(beta, i) - fround(at(mean, i) * s)))
  const scaled = builder.step(node, 'MUL', [
    image,
    builder.make(node, 'factor', 'float32', [channels], factor),
  ])
  builder.emit(node, 'ADD', [scaled, builder.make(node, 'offset', 'float32', [channels], offset)], {}, [
    result,
  ])
}

const fused: Lowering = (builder, node) => {
  if (flag(node, 'is_training', true))
    throw new Refusal('it averages over the batch', 'Export the model for prediction (training=False).')
  const [gamma, beta, mean, variance] = [1, 2, 3, 4].map(i => builder.constant(node, i)) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ]
  const epsilon = float(node, 'epsilon', 1e-4)
  inChannelsLast(builder, node, builder.input(node, 0), (image, result) =>
    normalize(builder, node, image, result, { mean, variance, beta, gamma, epsilon }),
  )
}

const global: Lowering = (builder, node) => {
  const [mean, variance, beta, gamma] = [1, 2, 3, 4].map(i => builder.constant(node, i)) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ]
  normalize(builder, node, builder.input(node, 0), builder.result(node), {
    mean,
    variance,
    beta,
    gamma: flag(node, 'scale_after_normalization') ? gamma : undefined,
    epsilon: float(node, 'variance_epsilon', 1e-3),
  })
}

/** A bias for each channel; in channels-first images it is stretched over their places. */
const biasAdd: Lowering = (builder, node) => {
  const [x, bias] = builder.inputs(node) as [Value, Value]
  if (!isChannelsFirst(node) || x.shape.length < 3) {
    builder.emit(node, 'ADD', [x, bias])
    return
  }
  inChannelsLast(builder, node, x, (image, result) => {
    builder.emit(node, 'ADD', [image, bias], {}, [result])
  })
}

export const NORMALIZATION: Record<string, Lowering> = {
  FusedBatchNorm: fused,
  FusedBatchNormV2: fused,
  FusedBatchNormV3: fused,
  BatchNormWithGlobalNormalization: global,
  BiasAdd: biasAdd,
  BiasAddV1: biasAdd,
}
