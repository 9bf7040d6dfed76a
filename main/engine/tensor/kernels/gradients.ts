import { inputsOf, type WasmKernel } from './kernel.ts'

/** `ReluGrad`: dy where the output y of ReLU is more than 0, else 0. */
export const reluGrad: WasmKernel = {
  name: 'ReluGrad',
  build(bench) {
    return ({ inputs }) => {
      const { dy, y } = inputsOf<'dy' | 'y'>(inputs)
      const out = bench.make(dy.shape)
      const [to, from, gate] = [out, dy, y].map(bench.floats) as [Float32Array, Float32Array, Float32Array]
      bench.simd.reluGrad(to.byteOffset, from.byteOffset, gate.byteOffset, to.length >> 2)
      for (let i = to.length & ~3; i < to.length; i++)
        to[i] = (gate[i] as number) > 0 ? (from[i] as number) : 0
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
      if (width % 4 === 0) {
        const to = bench.floats(out).byteOffset
        const [begin, rows, row] = [from.byteOffset, from.length / width, width * 4]
        for (let at = 0; at < row; at += 16) bench.simd.biasAddGrad(to + at, begin + at, rows, row)
        return out
      }
      const sums = new Float64Array(width)
      for (let at = 0; at < from.length; at += width)
        for (let i = 0; i < width; i++) sums[i] = (sums[i] as number) + (from[at + i] as number)
      bench.floats(out).set(sums)
      return out
    }
  },
}
