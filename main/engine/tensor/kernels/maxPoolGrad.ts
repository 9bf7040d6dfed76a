import type { TensorInfo } from '@tensorflow/tfjs'
import { type Bench, inputsOf, type WasmKernel } from './kernel.ts'

/** Geometry of one pooling (a part of TensorFlow.js' Conv2DInfo). */
interface Pooling {
  batchSize: number
  inHeight: number
  inWidth: number
  inChannels: number
  outHeight: number
  outWidth: number
  filterHeight: number
  filterWidth: number
  strideHeight: number
  strideWidth: number
  padInfo: { top: number; left: number }
}

/**
 * `MaxPoolGrad`: sends each output's gradient dy `[n, oh, ow, c]` to the pixel of the input `[n, h, w, c]` that was the
 * largest in its window, the first one where several are equal.
 */
export const maxPoolGrad: WasmKernel = {
  name: 'MaxPoolGrad',
  build(bench) {
    return ({ inputs, attrs }) => {
      const { dy, input, output } = inputsOf<'dy' | 'input' | 'output'>(inputs)
      const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as {
        filterSize: [number, number]
        strides: [number, number]
        pad: 'valid' | 'same' | number
        dimRoundingMode?: 'floor' | 'round' | 'ceil'
      }
      const shape = input.shape as [number, number, number, number]
      const w = bench.tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode)
      const out = bench.make(shape)
      bench.floats(out).fill(0)
      if (isHalving(w) && w.inChannels % 4 === 0) byQuads(bench, w, dy, input, output, out)
      else if (isHalving(w)) byBits(bench, w, dy, input, output, out)
      else bySearch(bench, w, dy, input, out)
      return out
    }
  },
}

/** The usual pooling: windows of 2 x 2 that lie side by side, each wholly inside. */
const isHalving = (w: Pooling): boolean =>
  w.filterHeight === 2 &&
  w.filterWidth === 2 &&
  w.strideHeight === 2 &&
  w.strideWidth === 2 &&
  w.padInfo.top === 0 &&
  w.padInfo.left === 0 &&
  w.outHeight * 2 <= w.inHeight &&
  w.outWidth * 2 <= w.inWidth

/** Four channels at a time. */
function byQuads(
  bench: Bench,
  w: Pooling,
  dy: TensorInfo,
  input: TensorInfo,
  output: TensorInfo,
  out: TensorInfo,
): void {
  const at = (info: TensorInfo) => bench.floats(info).byteOffset
  const [to, grads, pixels, largest] = [at(out), at(dy), at(input), at(output)]
  const row = w.inWidth * w.inChannels * 4
  for (let nth = 0; nth < w.batchSize * w.outHeight; nth++) {
    const above = (Math.floor(nth / w.outHeight) * w.inHeight + (nth % w.outHeight) * 2) * row
    const given = nth * w.outWidth * w.inChannels * 4
    bench.simd.poolGrad(
      to + above,
      grads + given,
      pixels + above,
      largest + given,
      w.outWidth,
      w.inChannels / 4,
      row,
    )
  }
}

/** On the bits of the numbers, as which of the four it was cannot be guessed by a branch: the largest is the output itself. */
function byBits(
  bench: Bench,
  w: Pooling,
  dy: TensorInfo,
  input: TensorInfo,
  output: TensorInfo,
  out: TensorInfo,
): void {
  const [pixels, largest, grads, to] = [input, output, dy, out].map(info => {
    const values = bench.floats(info)
    return new Int32Array(values.buffer, values.byteOffset, values.length)
  }) as [Int32Array, Int32Array, Int32Array, Int32Array]
  const c = w.inChannels
  const row = w.inWidth * c
  for (let b = 0, grad = 0; b < w.batchSize; b++)
    for (let oy = 0; oy < w.outHeight; oy++)
      for (let ox = 0; ox < w.outWidth; ox++) {
        const begin = ((b * w.inHeight + oy * 2) * w.inWidth + ox * 2) * c
        for (let at = begin; at < begin + c; at++, grad++) {
          const value = largest[grad] as number
          const g = grads[grad] as number
          // All bits where the pixel is another number than the largest, none where it is the same.
          const one = other((pixels[at] as number) ^ value)
          const two = other((pixels[at + c] as number) ^ value)
          const three = other((pixels[at + row] as number) ^ value)
          const four = other((pixels[at + row + c] as number) ^ value)
          to[at] = g & ~one
          to[at + c] = g & one & ~two
          to[at + row] = g & one & two & ~three
          to[at + row + c] = g & one & two & three & ~four
        }
      }
}

const other = (difference: number): number => (difference | -difference) >> 31

function bySearch(bench: Bench, w: Pooling, dy: TensorInfo, input: TensorInfo, out: TensorInfo): void {
  const pixels = bench.floats(input)
  const grads = bench.floats(dy)
  const sums = bench.floats(out)
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
}
