import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs'
import { inputsOf, view, type WasmKernel } from './kernel.ts'
import { withOwnRight } from './sharedRight.ts'

/** `_FusedMatMul`: the package's own takes three axes only, and reads past its data where it is given two. */
export const fusedMatMul: WasmKernel = {
  name: '_FusedMatMul',
  build(bench, stock) {
    const multiply = stock as KernelFunc
    const cube = (info: TensorInfo) => (info.shape.length === 2 ? view(info, [1, ...info.shape]) : info)
    return args => {
      const { a, b } = inputsOf<'a' | 'b'>(args.inputs)
      const out = withOwnRight(bench, b, own =>
        multiply({ ...args, inputs: { ...args.inputs, a: cube(a), b: cube(own) } }),
      ) as TensorInfo
      return a.shape.length === 2 && b.shape.length === 2 ? view(out, out.shape.slice(1)) : out
    }
  },
}
