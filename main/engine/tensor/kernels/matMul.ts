import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs'
import { inputsOf, type WasmKernel } from './kernel.ts'
import { withOwnRight } from './sharedRight.ts'
import { transpose } from './transpose.ts'

/**
 * `BatchMatMul`: a `[..., n, k]` times b `[..., k, m]`, either one transposed in its last two axes on request.
 * The package multiplies by XNNPACK only when nothing is transposed and there is one matrix on each side; a plain loop,
 * some ten times slower, otherwise. So for one matrix a side, transpose first and then multiply.
 */
export const matMul: WasmKernel = {
  name: 'BatchMatMul',
  build(bench, stock) {
    const multiply = stock as KernelFunc
    return args => {
      const { a, b } = inputsOf<'a' | 'b'>(args.inputs)
      const { transposeA, transposeB } = args.attrs as unknown as { transposeA: boolean; transposeB: boolean }
      if (matrices(a) !== 1 || matrices(b) !== 1) return multiply(args)
      const left = transposeA ? transpose(bench, a) : a
      const right = transposeB ? transpose(bench, b) : b
      const out = withOwnRight(bench, right, own =>
        multiply({ ...args, inputs: { a: left, b: own }, attrs: { transposeA: false, transposeB: false } }),
      )
      if (left !== a) bench.free(left)
      if (right !== b) bench.free(right)
      return out
    }
  },
}

const matrices = (x: TensorInfo): number => x.shape.slice(0, -2).reduce((product, size) => product * size, 1)
