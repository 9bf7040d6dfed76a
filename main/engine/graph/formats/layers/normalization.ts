import { attr } from '../../graph.ts'
import type { GraphBuilder } from './builder.ts'
import { transpose } from './functions.ts'
import type { Lowering } from './lowering.ts'
import { axisOf, type Place } from './place.ts'

/**
 * Batch normalization as it predicts: with the moving averages. Images have an operation of their own; everything
 * else is written out the way `tf.nn.batch_normalization` does it. Another axis than the last is put there and back.
 */
export const batchNormalization: Lowering = (builder, x) => {
  const input = x as Place
  const given = builder.option<number | number[]>('axis', -1)
  const axes = Array.isArray(given) ? given : [given]
  if (axes.length !== 1) throw builder.unsupported('normalizes over several axes')
  const last = input.shape.length - 1
  const axis = axisOf(axes[0] as number, input.shape.length)
  const channels = input.shape[axis] as number
  if (!(channels >= 0)) throw builder.unsupported('does not know the size of its input')
  const epsilon = builder.option('epsilon', 1e-3)
  const normalize = input.shape.length === 4 ? fused : written
  if (axis === last) return normalize(builder, input, channels, epsilon)
  const there = [...input.shape.keys()].filter(i => i !== axis).concat(axis)
  const back = [...there.keys()].map(i => there.indexOf(i))
  const normal = normalize(builder, transpose(builder, input, there), channels, epsilon)
  return transpose(builder, normal, back, 'transpose_1')
}

function fused(builder: GraphBuilder, input: Place, channels: number, epsilon: number): Place {
  const gamma = builder.weightOr('gamma', 'ReadVariableOp', channels, 1)
  const beta = builder.weightOr('beta', 'ReadVariableOp_1', channels, 0)
  const mean = builder.weight('moving_mean', 'FusedBatchNormV3/ReadVariableOp', [channels])
  const variance = builder.weight('moving_variance', 'FusedBatchNormV3/ReadVariableOp_1', [channels])
  return builder.add(
    'FusedBatchNormV3',
    'FusedBatchNormV3',
    [input, gamma, beta, mean, variance],
    input.shape,
    {
      U: attr.type('float32'),
      epsilon: attr.float(Math.fround(epsilon)),
      is_training: attr.bool(false),
      data_format: attr.string('NHWC'),
    },
  )
}

/** `x * s + (beta - mean * s)` with `s = gamma / sqrt(variance + epsilon)`. */
function written(builder: GraphBuilder, input: Place, channels: number, epsilon: number): Place {
  const one = [channels]
  const variance = builder.weight('moving_variance', 'batchnorm/ReadVariableOp', one)
  const sum = builder.pair('AddV2', 'batchnorm/add', variance, epsilon)
  const root = builder.add('Rsqrt', 'batchnorm/Rsqrt', [sum], one)
  const gamma = builder.weightOr('gamma', 'batchnorm/mul/ReadVariableOp', channels, 1)
  const scale = builder.add('Mul', 'batchnorm/mul', [root, gamma], one)
  const scaled = builder.add('Mul', 'batchnorm/mul_1', [input, scale], input.shape)
  const mean = builder.weight('moving_mean', 'batchnorm/ReadVariableOp_1', one)
  const shift = builder.add('Mul', 'batchnorm/mul_2', [mean, scale], one)
  const beta = builder.weightOr('beta', 'batchnorm/ReadVariableOp_2', channels, 0)
  const offset = builder.add('Sub', 'batchnorm/sub', [beta, shift], one)
  return builder.add('AddV2', 'batchnorm/add_1', [scaled, offset], input.shape)
}
