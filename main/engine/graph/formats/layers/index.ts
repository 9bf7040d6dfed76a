import { activation, elu, leakyReLU, preLU, reLU, softmax, thresholdedReLU } from './activations.ts'
import { additiveAttention, attention, multiHeadAttention } from './attention.ts'
import {
  conv1D,
  conv2D,
  conv3D,
  depthwiseConv1D,
  depthwiseConv2D,
  separableConv1D,
  separableConv2D,
} from './convolutions.ts'
import { dense, einsumDense } from './dense.ts'
import { embedding, masking } from './embedding.ts'
import {
  cropping1D,
  cropping2D,
  cropping3D,
  upSampling1D,
  upSampling2D,
  upSampling3D,
  zeroPadding1D,
  zeroPadding2D,
  zeroPadding3D,
} from './frames.ts'
import type { Lowering } from './lowering.ts'
import { add, average, concatenate, dot, maximum, minimum, multiply, subtract } from './merging.ts'
import { batchNormalization } from './normalization.ts'
import { columns, embeddingBag } from './own.ts'
import {
  groupNormalization,
  layerNormalization,
  rmsNormalization,
  unitNormalization,
} from './ownStatistics.ts'
import type { Place } from './place.ts'
import {
  averagePooling1D,
  averagePooling2D,
  averagePooling3D,
  globalAveragePooling1D,
  globalAveragePooling2D,
  globalAveragePooling3D,
  globalMaxPooling1D,
  globalMaxPooling2D,
  globalMaxPooling3D,
  maxPooling1D,
  maxPooling2D,
  maxPooling3D,
} from './pooling.ts'
import {
  categoryEncoding,
  centerCrop,
  discretization,
  normalization,
  rescaling,
  resizing,
} from './preprocessing.ts'
import { recurrent } from './recurrent.ts'
import { flatten, permute, repeatVector, reshape } from './shapes.ts'
import { conv1DTranspose, conv2DTranspose, conv3DTranspose } from './transposed.ts'
import { bidirectional, timeDistributed } from './wrappers.ts'

export { CALCULATIONS } from './calculations.ts'

const identity: Lowering = (_, input) => input as Place

/** Layers that only do something in training. */
const IDLE = [
  'ActivityRegularization',
  'AlphaDropout',
  'AutoContrast',
  'Dropout',
  'GaussianDropout',
  'GaussianNoise',
  'Identity',
  'RandomBrightness',
  'RandomColorDegeneration',
  'RandomColorJitter',
  'RandomContrast',
  'RandomErasing',
  'RandomFlip',
  'RandomGaussianBlur',
  'RandomGrayscale',
  'RandomHeight',
  'RandomHue',
  'RandomPosterization',
  'RandomRotation',
  'RandomSaturation',
  'RandomSharpness',
  'RandomShear',
  'RandomTranslation',
  'RandomWidth',
  'RandomZoom',
  'SpatialDropout1D',
  'SpatialDropout2D',
  'SpatialDropout3D',
]

/** How each kind of layer is lowered, by Keras' class name. To know a new layer, add a file and a line here. */
export const LAYERS: Record<string, Lowering> = {
  ...Object.fromEntries(IDLE.map(kind => [kind, identity])),
  Activation: activation,
  Add: add,
  AdditiveAttention: additiveAttention,
  Attention: attention,
  Average: average,
  AveragePooling1D: averagePooling1D,
  AveragePooling2D: averagePooling2D,
  AveragePooling3D: averagePooling3D,
  BatchNormalization: batchNormalization,
  Bidirectional: bidirectional,
  CategoryEncoding: categoryEncoding,
  CenterCrop: centerCrop,
  Concatenate: concatenate,
  Conv1D: conv1D,
  Conv1DTranspose: conv1DTranspose,
  Conv2D: conv2D,
  Conv2DTranspose: conv2DTranspose,
  Conv3D: conv3D,
  Conv3DTranspose: conv3DTranspose,
  Cropping1D: cropping1D,
  Cropping2D: cropping2D,
  Cropping3D: cropping3D,
  Dense: dense,
  DepthwiseConv1D: depthwiseConv1D,
  DepthwiseConv2D: depthwiseConv2D,
  Discretization: discretization,
  Dot: dot,
  ELU: elu,
  'Edgewright>Columns': columns,
  'Edgewright>EmbeddingBag': embeddingBag,
  EinsumDense: einsumDense,
  Embedding: embedding,
  Flatten: flatten,
  GRU: recurrent,
  GlobalAveragePooling1D: globalAveragePooling1D,
  GlobalAveragePooling2D: globalAveragePooling2D,
  GlobalAveragePooling3D: globalAveragePooling3D,
  GlobalMaxPooling1D: globalMaxPooling1D,
  GlobalMaxPooling2D: globalMaxPooling2D,
  GlobalMaxPooling3D: globalMaxPooling3D,
  GroupNormalization: groupNormalization,
  LSTM: recurrent,
  LayerNormalization: layerNormalization,
  LeakyReLU: leakyReLU,
  Masking: masking,
  MaxPooling1D: maxPooling1D,
  MaxPooling2D: maxPooling2D,
  MaxPooling3D: maxPooling3D,
  Maximum: maximum,
  Minimum: minimum,
  MultiHeadAttention: multiHeadAttention,
  Multiply: multiply,
  Normalization: normalization,
  PReLU: preLU,
  Permute: permute,
  RMSNormalization: rmsNormalization,
  RNN: recurrent,
  ReLU: reLU,
  RepeatVector: repeatVector,
  Rescaling: rescaling,
  Reshape: reshape,
  Resizing: resizing,
  SeparableConv1D: separableConv1D,
  SeparableConv2D: separableConv2D,
  SimpleRNN: recurrent,
  Softmax: softmax,
  Subtract: subtract,
  ThresholdedReLU: thresholdedReLU,
  TimeDistributed: timeDistributed,
  UnitNormalization: unitNormalization,
  UpSampling1D: upSampling1D,
  UpSampling2D: upSampling2D,
  UpSampling3D: upSampling3D,
  ZeroPadding1D: zeroPadding1D,
  ZeroPadding2D: zeroPadding2D,
  ZeroPadding3D: zeroPadding3D,
}

/** Layers behind which the same steps count as before them. */
const PASSING = new Set([
  ...IDLE,
  'Activation',
  'BatchNormalization',
  'Dense',
  'ELU',
  'LayerNormalization',
  'LeakyReLU',
  'PReLU',
  'ReLU',
  'Softmax',
  'ThresholdedReLU',
  'TimeDistributed',
  'UnitNormalization',
])

/** Whether what a mask says of the steps holds behind a layer of this kind. */
export const passesMask = (kind: string): boolean => PASSING.has(kind)
