import { type AdamPiece, adamPiece } from './hands/index.ts'
import { inputsOf, type WasmKernel } from './kernel.ts'

/** Numbers that are steps of their own, `adam` of `simd/adam.ts`. */
const CONSTANTS = 8
const QUAD = 4

/** So many weights and more are shared out: about fifty microseconds. */
const WORTH_SHARING = 2 ** 16
/** Quads at once. */
const EACH = 2 ** 12

/** What `AdamStep` is given beside its tensors. */
export interface AdamAttributes {
  beta1: number
  beta2: number
  step: number
  epsilon: number
  /** A moment nearer to 0 is 0. */
  least: number
}

/**
 * `AdamStep`: new weights from weights, their gradient and two moments, all of a shape. The moments are changed where they
 * lie; the weights are new data, since the package keeps what it laid out of the old.
 */
export const adamStep: WasmKernel = {
  name: 'AdamStep',
  build(bench) {
    return ({ inputs, attrs }) => {
      const { weights, gradient, first, second } = inputsOf<'weights' | 'gradient' | 'first' | 'second'>(
        inputs,
      )
      const { beta1, beta2, step, epsilon, least } = attrs as unknown as AdamAttributes
      const out = bench.make(weights.shape)
      const room = bench.make([CONSTANTS + QUAD * 5])
      // Nothing is allocated from here on, so addresses and views hold.
      const views = [out, weights, gradient, first, second].map(info => bench.floats(info))
      const at = views.map(view => view.byteOffset) as [number, number, number, number, number]
      const constants = bench.floats(room)
      constants.set([beta1, 1 - beta1, beta2, 1 - beta2, step, epsilon, least])
      const quads = Math.floor((views[0] as Float32Array).length / QUAD)
      const given: AdamPiece = [...at, constants.byteOffset, quads, EACH]
      bench.hands.share(adamPiece, given, Math.ceil(quads / EACH), quads * QUAD < WORTH_SHARING)
      // The last few, in room for four.
      const parts = views.map((_, i) =>
        constants.subarray(CONSTANTS + i * QUAD, CONSTANTS + (i + 1) * QUAD).fill(0),
      )
      views.forEach((view, i) => void parts[i]?.set(view.subarray(quads * QUAD)))
      const [o, w, g, m, v] = parts.map(part => part.byteOffset) as [number, number, number, number, number]
      bench.simd.adam(o, w, g, m, v, constants.byteOffset, 1)
      for (const i of [0, 3, 4]) {
        const rest = (views[i] as Float32Array).subarray(quads * QUAD)
        rest.set((parts[i] as Float32Array).subarray(0, rest.length))
      }
      bench.free(room)
      return out
    }
  },
}
