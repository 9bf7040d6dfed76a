import type { Window2d } from './columns.ts'
import { convolutionOf } from './convolution.ts'
import { inputsOf, type WasmKernel } from './kernel.ts'

/**
 * `DepthwiseConv2dNativeBackpropFilter`: gradient of a depthwise filter `[fh, fw, c, m]` from x `[n, h, w, c]` and
 * dy `[n, oh, ow, c * m]`. Sums run in 64 bits, as they go over the whole batch.
 */
export const depthwiseBackpropFilter: WasmKernel = {
  name: 'DepthwiseConv2dNativeBackpropFilter',
  build(bench) {
    return ({ inputs, attrs }) => {
      const { x, dy } = inputsOf<'x' | 'dy'>(inputs)
      const filterShape = (attrs as unknown as { filterShape: number[] }).filterShape
      const w = convolutionOf(bench.tf, x.shape, filterShape, attrs, true)
      const out = bench.make(filterShape)
      const pixels = bench.floats(x)
      const grads = bench.floats(dy)
      const channels = w.inChannels
      const times = w.outChannels / channels
      const sums = new Float64Array(w.filterHeight * w.filterWidth * w.outChannels)
      visit(w, (pixel, grad, tap) => {
        for (let c = 0; c < channels; c++) {
          const value = pixels[pixel + c] as number
          for (let m = 0; m < times; m++, grad++, tap++)
            sums[tap] = (sums[tap] as number) + value * (grads[grad] as number)
        }
      })
      bench.floats(out).set(sums)
      return out
    }
  },
}

/**
 * `DepthwiseConv2dNativeBackpropInput`: gradient of a depthwise convolution's input `[n, h, w, c]` from
 * dy `[n, oh, ow, c * m]` and the filter `[fh, fw, c, m]`.
 */
export const depthwiseBackpropInput: WasmKernel = {
  name: 'DepthwiseConv2dNativeBackpropInput',
  build(bench) {
    return ({ inputs, attrs }) => {
      const { dy, filter } = inputsOf<'dy' | 'filter'>(inputs)
      const inputShape = (attrs as unknown as { inputShape: number[] }).inputShape
      const w = convolutionOf(bench.tf, inputShape, filter.shape, attrs, true)
      const out = bench.make(w.inShape)
      const sums = bench.floats(out)
      const grads = bench.floats(dy)
      const weights = bench.floats(filter)
      const channels = w.inChannels
      const times = w.outChannels / channels
      sums.fill(0)
      visit(w, (pixel, grad, tap) => {
        for (let c = 0; c < channels; c++) {
          let sum = sums[pixel + c] as number
          for (let m = 0; m < times; m++, grad++, tap++)
            sum += (grads[grad] as number) * (weights[tap] as number)
          sums[pixel + c] = sum
        }
      })
      return out
    }
  },
}

/** Calls back for every pair of an output pixel and a filter tap that meets a real input pixel, with their offsets. */
function visit(w: Window2d, meet: (pixel: number, grad: number, tap: number) => void): void {
  let grad = 0
  for (let b = 0; b < w.batchSize; b++) {
    for (let oy = 0; oy < w.outHeight; oy++) {
      for (let ox = 0; ox < w.outWidth; ox++, grad += w.outChannels) {
        for (let fy = 0; fy < w.filterHeight; fy++) {
          const y = oy * w.strideHeight - w.padInfo.top + fy
          if (y < 0 || y >= w.inHeight) continue
          for (let fx = 0; fx < w.filterWidth; fx++) {
            const x = ox * w.strideWidth - w.padInfo.left + fx
            if (x < 0 || x >= w.inWidth) continue
            meet(
              ((b * w.inHeight + y) * w.inWidth + x) * w.inChannels,
              grad,
              (fy * w.filterWidth + fx) * w.outChannels,
            )
          }
        }
      }
    }
  }
}
