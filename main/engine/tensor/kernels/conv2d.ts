import type { KernelFunc } from '@tensorflow/tfjs'
import { convolutionOf } from './convolution.ts'
import { inputsOf, view, type WasmKernel } from './kernel.ts'
import { isSimple, matrix, product } from './product.ts'
import { unfolded, withPadding } from './unfolded.ts'

/** Filters that see fewer numbers, or give fewer, are the package's: most of a tile would stay empty. */
const FEWEST_SEEN = 32
const FEWEST_GIVEN = 8

/**
 * `Conv2D` and `FusedConv2D` (with a bias, linear or ReLU) as a product of what the filter sees and the filter. The package's
 * own lays its filter out anew for each step of training, and takes longer even where it need not.
 */
const asProduct = (name: string): WasmKernel => ({
  name,
  build(bench, stock) {
    const convolve = stock as KernelFunc
    return args => {
      const { x, filter, bias } = inputsOf<'x' | 'filter' | 'bias'>(args.inputs)
      const { activation, dataFormat, dilations } = args.attrs as unknown as {
        activation?: string
        dataFormat: string
        dilations?: [number, number]
      }
      const [, , , given = 0] = filter.shape
      const seen = filter.shape.slice(0, 3).reduce((all, size) => all * size, 1)
      if (
        seen < FEWEST_SEEN ||
        given < FEWEST_GIVEN ||
        dataFormat !== 'NHWC' ||
        x.shape.includes(0) ||
        !isSimple(activation, bias, given)
      )
        return convolve(args)
      const w = convolutionOf(bench.tf, x.shape, filter.shape, args.attrs, false, dilations)
      return withPadding(bench, x, w.padInfo, padded =>
        view(
          product(bench, unfolded(padded, w), matrix(view(filter, [seen, given])), {
            bias,
            relu: activation === 'relu',
          }),
          w.outShape,
        ),
      )
    }
  },
})

export const conv2d: WasmKernel[] = [asProduct('Conv2D'), asProduct('FusedConv2D')]
