import { inputsOf, type WasmKernel } from './kernel.ts'

/** `ReluGrad`: dy where the output y of ReLU is more than 0, else 0. */
export const reluGrad: WasmKernel = {
  name: 'ReluGrad',
  build(bench) {
    return ({ inputs }) => {
      const { dy, y } = inputsOf<'dy' | 'y'>(inputs)
      const out = bench.make(dy.shape)
      const [to, from, gate] = [bench.floats(out), bench.floats(dy), bench.floats(y)]
      for (let i = 0; i < to.length; i++) to[i] = (gate[i] as number) > 0 ? (from[i] as number) : 0
      return out
    }
  },
}

/** `BiasAddGrad`: the sum of dy `[..., width]` over all axes but the last. Sums run in 64 bits, as they go over the batch. */
export const biasAddGrad: WasmKernel = {
  name: 'BiasAddGrad',
  build(bench) {
    return ({ inputs }) => {
      const { dy } = inputsOf<'dy'>(inputs)
      const width = dy.shape.at(-1) as number
      const out = bench.make([width])
      const from = bench.floats(dy)
      const sums = new Float64Array(width)
      for (let at = 0; at < from.length; at += width)
        for (let i = 0; i < width; i++) sums[i] = (sums[i] as number) + (from[at + i] as number)
      bench.floats(out).set(sums)
      return out
    }
  },
}
