import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs'
import { inputsOf, view, type WasmKernel } from './kernel.ts'
import { matrix, product } from './product.ts'
import { withOwnRight } from './sharedRight.ts'

/** So few rows, asked for one after another, are the package's: it keeps how it laid out a matrix of weights. */
export const FEW_ROWS = 8

/**
 * `BatchMatMul`: a `[..., n, k]` times b `[..., k, m]`, either one transposed in its last two axes on request.
 * The package takes a plain loop, some ten times slower, as soon as something is transposed.
 */
export const matMul: WasmKernel = {
  name: 'BatchMatMul',
  build(bench, stock) {
    const multiply = stock as KernelFunc
    return args => {
      const { a, b } = inputsOf<'a' | 'b'>(args.inputs)
      const { transposeA, transposeB } = args.attrs as unknown as { transposeA: boolean; transposeB: boolean }
      const ours = [a, b].every(x => isMatrix(x))
      if (ours && (transposeA || transposeB || rowsOf(a) > FEW_ROWS)) {
        const out = product(bench, matrix(a, transposeA), matrix(b, transposeB))
        const rank = Math.max(a.shape.length, b.shape.length)
        return view(out, [...Array<number>(rank - 2).fill(1), ...out.shape])
      }
      return withOwnRight(bench, b, own => multiply({ ...args, inputs: { a, b: own } }))
    }
  },
}

/** One matrix with something in it. */
export const isMatrix = (x: TensorInfo): boolean =>
  x.dtype === 'float32' && x.shape.slice(0, -2).every(size => size === 1) && !x.shape.includes(0)

export const rowsOf = (x: TensorInfo): number => x.shape.at(-2) as number
