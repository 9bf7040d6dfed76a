import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs'
import { inputsOf, view, type WasmKernel } from './kernel.ts'
import { FEW_ROWS, isMatrix, rowsOf } from './matMul.ts'
import { isSimple, matrix, product } from './product.ts'
import { withOwnRight } from './sharedRight.ts'

/**
 * `_FusedMatMul`: the package's own takes three axes only, and reads past its data where it is given two, or a bias of one
 * number for all columns.
 */
export const fusedMatMul: WasmKernel = {
  name: '_FusedMatMul',
  build(bench, stock) {
    const multiply = stock as KernelFunc
    const cube = (info: TensorInfo) => (info.shape.length === 2 ? view(info, [1, ...info.shape]) : info)
    return args => {
      const { a, b, bias: given } = inputsOf<'a' | 'b' | 'bias'>(args.inputs)
      const { activation, transposeA, transposeB } = args.attrs as unknown as {
        activation: string
        transposeA: boolean
        transposeB: boolean
      }
      const width = b.shape.at(transposeB ? -2 : -1) as number
      const isOne = given?.shape.length === 1 && given.shape[0] === 1 && width !== 1
      const bias = isOne ? bench.call('Tile', { x: given }, { reps: [width] }) : given
      const flat = a.shape.length === 2 && b.shape.length === 2
      let out: TensorInfo
      if (flat && isMatrix(a) && isMatrix(b) && rowsOf(a) > FEW_ROWS && isSimple(activation, bias, width))
        out = product(bench, matrix(a, transposeA), matrix(b, transposeB), {
          bias,
          relu: activation === 'relu',
        })
      else {
        const inputs = { ...args.inputs, ...(bias && { bias }), a: cube(a) }
        const cubic = withOwnRight(bench, b, own =>
          multiply({ ...args, inputs: { ...inputs, b: cube(own) } }),
        ) as TensorInfo
        out = flat ? view(cubic, cubic.shape.slice(1)) : cubic
      }
      if (bias && isOne) bench.free(bias)
      return out
    }
  },
}
