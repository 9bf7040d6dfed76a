import { imagesAtOnce, isPointwise, unfold } from './columns.ts'
import { convolutionOf } from './convolution.ts'
import { inputsOf, view, type WasmKernel } from './kernel.ts'

/**
 * `Conv2DBackpropFilter`: gradient of a convolution's filter `[fh, fw, cin, cout]` from its input x `[n, h, w, cin]`
 * and the gradient dy `[n, oh, ow, cout]`. It is one matrix product, the unfolded input transposed times dy, taken a
 * few images at a time so that the unfolded part stays small.
 */
export const conv2dBackpropFilter: WasmKernel = {
  name: 'Conv2DBackpropFilter',
  build(bench) {
    return ({ inputs, attrs }) => {
      const { x, dy } = inputsOf<'x' | 'dy'>(inputs)
      const filterShape = (attrs as unknown as { filterShape: number[] }).filterShape
      const w = convolutionOf(bench.tf, x.shape, filterShape, attrs)
      const pixels = w.outHeight * w.outWidth
      const taps = w.filterHeight * w.filterWidth * w.inChannels
      const product = (columns: typeof x, grads: typeof x) =>
        bench.call('BatchMatMul', { a: columns, b: grads }, { transposeA: true, transposeB: false })

      if (isPointwise(w)) {
        const rows = w.batchSize * pixels
        return view(product(view(x, [rows, taps]), view(dy, [rows, w.outChannels])), filterShape)
      }

      const step = imagesAtOnce(w)
      const sum = bench.make([taps, w.outChannels])
      bench.floats(sum).fill(0)
      for (let first = 0; first < w.batchSize; first += step) {
        const count = Math.min(step, w.batchSize - first)
        const columns = bench.make([count * pixels, taps])
        unfold(bench, x, columns, w, first, count)
        const grads =
          count === w.batchSize
            ? dy
            : bench.call('Slice', { x: dy }, { begin: [first, 0, 0, 0], size: [count, ...dy.shape.slice(1)] })
        const part = product(columns, view(grads, [count * pixels, w.outChannels]))
        const total = bench.floats(sum)
        const add = bench.floats(part)
        for (let i = 0; i < total.length; i++) total[i] = (total[i] as number) + (add[i] as number)
        bench.free(columns, part)
        if (grads !== dy) bench.free(grads)
      }
      return view(sum, filterShape)
    }
  },
}
