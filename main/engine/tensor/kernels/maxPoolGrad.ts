import { inputsOf, type WasmKernel } from './kernel.ts'

/**
 * `MaxPoolGrad`: sends each output's gradient dy `[n, oh, ow, c]` to the pixel of the input `[n, h, w, c]` that was the
 * largest in its window, the first one where several are equal.
 */
export const maxPoolGrad: WasmKernel = {
  name: 'MaxPoolGrad',
  build(bench) {
    return ({ inputs, attrs }) => {
      const { dy, input } = inputsOf<'dy' | 'input'>(inputs)
      const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as {
        filterSize: [number, number]
        strides: [number, number]
        pad: 'valid' | 'same' | number
        dimRoundingMode?: 'floor' | 'round' | 'ceil'
      }
      const shape = input.shape as [number, number, number, number]
      const w = bench.tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode)
      const out = bench.make(shape)
      const pixels = bench.floats(input)
      const grads = bench.floats(dy)
      const sums = bench.floats(out)
      sums.fill(0)
      const c = w.inChannels
      let grad = 0
      for (let b = 0; b < w.batchSize; b++) {
        for (let oy = 0; oy < w.outHeight; oy++) {
          const y0 = Math.max(0, oy * w.strideHeight - w.padInfo.top)
          const y1 = Math.min(w.inHeight, oy * w.strideHeight - w.padInfo.top + w.filterHeight)
          for (let ox = 0; ox < w.outWidth; ox++) {
            const x0 = Math.max(0, ox * w.strideWidth - w.padInfo.left)
            const x1 = Math.min(w.inWidth, ox * w.strideWidth - w.padInfo.left + w.filterWidth)
            for (let k = 0; k < c; k++, grad++) {
              let largest = Number.NEGATIVE_INFINITY
              let where = -1
              for (let y = y0; y < y1; y++) {
                for (let x = x0; x < x1; x++) {
                  const at = ((b * w.inHeight + y) * w.inWidth + x) * c + k
                  const value = pixels[at] as number
                  if (value > largest) {
                    largest = value
                    where = at
                  }
                }
              }
              if (where >= 0) sums[where] = (sums[where] as number) + (grads[grad] as number)
            }
          }
        }
      }
      return out
    }
  },
}
