import type { Variable } from '@tensorflow/tfjs'
import type { Tf } from '../../../tensor/index.ts'
import type { NetLayer } from '../../trainers/index.ts'
import { convolution } from './convolution.ts'
import { dense } from './dense.ts'
import type { Step } from './step.ts'

export type { Step } from './step.ts'

/** The quick way of a layer; undefined where its Keras layer and TensorFlow.js' own gradients do. */
export function stepFor(tf: Tf, layer: NetLayer, rank: number, weights: Variable[]): Step | undefined {
  if (!('activation' in layer) || (layer.activation !== 'linear' && layer.activation !== 'relu'))
    return undefined
  if (layer.kind === 'dense' && rank === 1 && (layer.bias || layer.activation === 'linear'))
    return dense(tf, layer, weights)
  if (layer.kind === 'conv1d' || layer.kind === 'conv2d') return convolution(tf, layer, weights)
  return undefined
}
