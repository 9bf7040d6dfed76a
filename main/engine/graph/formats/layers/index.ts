import { activation, elu, leakyReLU, reLU, softmax } from './activations.ts'
import { conv2D, depthwiseConv2D } from './convolutions.ts'
import { dense } from './dense.ts'
import type { Lowering } from './lowering.ts'
import { batchNormalization } from './normalization.ts'
import { averagePooling2D, globalAveragePooling2D, maxPooling2D } from './pooling.ts'
import { flatten, reshape } from './shapes.ts'

const identity: Lowering = (_, input) => input

/** How each kind of layer is lowered, by Keras' class name. To know a new layer, add a file and a line here. */
export const LAYERS: Record<string, Lowering> = {
  Activation: activation,
  AveragePooling2D: averagePooling2D,
  BatchNormalization: batchNormalization,
  Conv2D: conv2D,
  Dense: dense,
  DepthwiseConv2D: depthwiseConv2D,
  Dropout: identity,
  ELU: elu,
  Flatten: flatten,
  GlobalAveragePooling2D: globalAveragePooling2D,
  LeakyReLU: leakyReLU,
  MaxPooling2D: maxPooling2D,
  ReLU: reLU,
  Reshape: reshape,
  Softmax: softmax,
}
