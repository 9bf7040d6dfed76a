import { inputsOf, type WasmKernel } from './kernel.ts'

/**
 * `UnsortedSegmentSum`: sums the slices of x `[...ids, ...rest]` that carry the same id into `[numSegments, ...rest]`;
 * the gradient of an embedding. Ids below 0 or past the last segment are dropped, as TensorFlow does.
 */
export const unsortedSegmentSum: WasmKernel = {
  name: 'UnsortedSegmentSum',
  build(bench) {
    return ({ inputs, attrs }) => {
      const { x, segmentIds } = inputsOf<'x' | 'segmentIds'>(inputs)
      const { numSegments } = attrs as unknown as { numSegments: number }
      if (x.dtype !== 'float32')
        throw new Error(`The WASM backend sums segments of float32 only, not ${x.dtype}`)
      const rest = x.shape.slice(segmentIds.shape.length)
      const size = rest.reduce((product, n) => product * n, 1)
      const out = bench.make([numSegments, ...rest])
      const values = bench.floats(x)
      const ids = bench.ints(segmentIds)
      const sums = bench.floats(out)
      sums.fill(0)
      for (let i = 0; i < ids.length; i++) {
        const id = ids[i] as number
        if (id < 0 || id >= numSegments) continue
        for (let j = 0, to = id * size, from = i * size; j < size; j++, to++, from++)
          sums[to] = (sums[to] as number) + (values[from] as number)
      }
      return out
    }
  },
}
