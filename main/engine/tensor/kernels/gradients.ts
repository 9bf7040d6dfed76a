import { inputsOf, type WasmKernel } from './kernel.ts'

/**
 * `ReluGrad`: dy where the output y of ReLU is more than 0, else 0. On the bits of the numbers, as a branch for each
 * would be guessed wrong half of the time: y is never below 0, so all its bits but the sign are 0 or the value is more.
 */
export const reluGrad: WasmKernel = {
  name: 'ReluGrad',
  build(bench) {
    return ({ inputs }) => {
      const { dy, y } = inputsOf<'dy' | 'y'>(inputs)
      const out = bench.make(dy.shape)
      const [to, from, gate] = [bits(bench.floats(out)), bits(bench.floats(dy)), bits(bench.floats(y))]
      for (let i = 0; i < to.length; i++)
        to[i] = (from[i] as number) & (-((gate[i] as number) & 0x7f_ff_ff_ff) >> 31)
      return out
    }
  },
}

const bits = (values: Float32Array) => new Int32Array(values.buffer, values.byteOffset, values.length)

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
