import { convolutionOf } from './convolution.ts'
import { inputsOf, view, type WasmKernel } from './kernel.ts'
import { matrix, product, transposed } from './product.ts'
import { unfolded, withPadding } from './unfolded.ts'

/**
 * `Conv2DBackpropFilter`: gradient of a convolution's filter `[fh, fw, cin, cout]` from its input x `[n, h, w, cin]`
 * and the gradient dy `[n, oh, ow, cout]`: what the filter sees of x, transposed, times dy.
 */
export const conv2dBackpropFilter: WasmKernel = {
  name: 'Conv2DBackpropFilter',
  build(bench) {
    return ({ inputs, attrs }) => {
      const { x, dy } = inputsOf<'x' | 'dy'>(inputs)
      const filterShape = (attrs as unknown as { filterShape: number[] }).filterShape
      const w = convolutionOf(bench.tf, x.shape, filterShape, attrs)
      const grads = matrix(view(dy, [w.batchSize * w.outHeight * w.outWidth, w.outChannels]))
      return withPadding(bench, x, w.padInfo, padded =>
        view(product(bench, transposed(unfolded(padded, w)), grads), filterShape),
      )
    }
  },
}
