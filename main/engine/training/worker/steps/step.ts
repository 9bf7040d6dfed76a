import type { NamedTensorMap, Tensor, Variable } from '@tensorflow/tfjs'
import type { Tf } from '../../../tensor/index.ts'

/**
 * How a layer computes while it is learned, in as few operations as there are, with its gradients written out: of these
 * steps the time of a small net goes into the calls, not into the arithmetic.
 * @param learns whether anything before it learns, so that the gradient of what it takes in is wanted
 */
export type Step = (x: Tensor, learns: boolean) => Tensor

/** Runs a kernel of the backend without the checks of its operation. */
export const kernel = (tf: Tf, name: string, inputs: NamedTensorMap, attrs: object = {}): Tensor =>
  tf.engine().runKernel(name, inputs, attrs as never) as Tensor

type Save = (tensors: Tensor[]) => void

/**
 * One step with gradients: from what it takes in and its weights.
 * @param backward gradients of the weights in their order, then of x where it is wanted; `y` is what `forward` gave
 */
export function stepWith(
  tf: Tf,
  weights: Variable[],
  forward: (x: Tensor, weights: Tensor[]) => Tensor,
  backward: (dy: Tensor, y: Tensor, x: Tensor, weights: Tensor[], learns: boolean) => Tensor[],
): Step {
  return (x, learns) => {
    const compute = tf.customGrad((...given: (Tensor | Save)[]) => {
      const save = given.at(-1) as unknown as Save
      const own = given.slice(0, weights.length) as Tensor[]
      const y = forward(x, own)
      save([y, x, ...own])
      return {
        value: y,
        gradFunc: (dy: Tensor, [out, from, ...kept]: Tensor[]) =>
          backward(dy, out as Tensor, from as Tensor, kept, learns),
      }
    })
    return learns ? compute(...weights, x) : compute(...weights)
  }
}
