import type { NamedAttrMap } from '@tensorflow/tfjs'
import type { Tf } from '../tf.ts'

/** Geometry of the convolution that a kernel belongs to. The WASM backend convolves channels last only. */
export function convolutionOf(
  tf: Tf,
  inputShape: number[],
  filterShape: number[],
  attrs: NamedAttrMap | undefined,
  depthwise = false,
  dilations: [number, number] | number = 1,
) {
  const { strides, pad, dataFormat, dimRoundingMode } = attrs as unknown as {
    strides: [number, number] | number
    pad: 'valid' | 'same' | number
    dataFormat?: 'NHWC' | 'NCHW'
    dimRoundingMode?: 'floor' | 'round' | 'ceil'
  }
  if (dataFormat === 'NCHW') throw new Error('The WASM backend convolves with channels last only')
  return tf.backend_util.computeConv2DInfo(
    inputShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    strides,
    dilations,
    pad,
    dimRoundingMode,
    depthwise,
    'channelsLast',
  )
}
