import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs'
import type { Bench } from './kernel.ts'

/**
 * Keeps a product from a trap: XNNPACK packs the right matrix b `[..., k, m]` once and the package keeps what was packed by
 * the data of b alone. Where the same data is the right matrix again in another shape (a reshape shares its data, and so
 * does a gradient that flows into two layers) the old one runs, reads and writes past the ends, and what lies there is
 * lost: the process dies later, somewhere else. So another shape gets a copy of the data.
 */
export function withOwnRight(
  bench: Bench,
  b: TensorInfo,
  multiply: (b: TensorInfo) => ReturnType<KernelFunc>,
): ReturnType<KernelFunc> {
  const shape = b.shape.slice(-2).join()
  const before = packedAs.get(b.dataId)
  if (before === undefined || before === shape) {
    packedAs.set(b.dataId, shape)
    return multiply(b)
  }
  const copy = bench.call('Identity', { x: b })
  const out = multiply(copy)
  bench.free(copy)
  return out
}

/** The shape in which data was the right matrix of a product for the first time. */
const packedAs = new WeakMap<object, string>()
