import { attr } from '../../graph.ts'
import type { GraphBuilder, Place } from './builder.ts'
import type { Lowering } from './lowering.ts'

/**
 * Batch normalization as it predicts: with the moving averages. Images have an operation of their own; everything
 * else is written out the way `tf.nn.batch_normalization` does it.
 */
export const batchNormalization: Lowering = (builder, input) => {
  const axis = builder.option<number | number[]>('axis', -1)
  const last = input.shape.length - 1
  const chosen = Array.isArray(axis) ? axis[0] : axis
  if (chosen !== -1 && chosen !== last) throw builder.unsupported('normalizes over an inner axis')
  const channels = input.shape[last] as number
  if (channels < 0) throw builder.unsupported('does not know the size of its input')
  const epsilon = builder.option('epsilon', 1e-3)
  return input.shape.length === 4
    ? fused(builder, input, channels, epsilon)
    : written(builder, input, channels, epsilon)
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
  const sum = builder.add(
    'AddV2',
    'batchnorm/add',
    [variance, builder.number('batchnorm/add/y', epsilon)],
    one,
  )
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
