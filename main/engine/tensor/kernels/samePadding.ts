import type { KernelFunc, NamedAttrMap } from '@tensorflow/tfjs'
import { convolutionOf } from './convolution.ts'
import { type Bench, inputsOf, type WasmKernel } from './kernel.ts'

/**
 * Convolutions with SAME padding whose strides leave out pixels at the edge (a 2x2 filter with stride 3, or one row
 * with stride 2): XNNPACK computes a negative padding there and answers with wrong numbers, without a word. Told the
 * paddings (zero in that direction) instead of SAME it is right.
 */
const corrected = (name: string, depthwise: boolean): WasmKernel => ({
  name,
  build(bench, stock) {
    const convolve = stock as KernelFunc
    return args => convolve({ ...args, attrs: told(bench, args, depthwise) })
  },
})

function told(bench: Bench, { inputs, attrs }: Parameters<KernelFunc>[0], depthwise: boolean): NamedAttrMap {
  const { pad, dilations } = attrs as unknown as { pad: unknown; dilations?: [number, number] | number }
  if (pad !== 'same') return attrs as NamedAttrMap
  const { x, filter } = inputsOf<'x' | 'filter'>(inputs)
  const w = convolutionOf(bench.tf, x.shape, filter.shape, attrs, depthwise, dilations)
  const skipsRows = (w.outHeight - 1) * w.strideHeight + w.effectiveFilterHeight < w.inHeight
  const skipsColumns = (w.outWidth - 1) * w.strideWidth + w.effectiveFilterWidth < w.inWidth
  if (!skipsRows && !skipsColumns) return attrs as NamedAttrMap
  const { top, bottom, left, right } = w.padInfo
  const paddings = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]
  return { ...attrs, pad: paddings } as NamedAttrMap
}

export const samePadding: WasmKernel[] = [
  corrected('Conv2D', false),
  corrected('FusedConv2D', false),
  corrected('DepthwiseConv2dNative', true),
  corrected('FusedDepthwiseConv2D', true),
]
