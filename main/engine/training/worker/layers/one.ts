import type { Shape, Tensor } from '@tensorflow/tfjs'

/** TensorFlow.js gives a layer its only input alone or in a list. */
export const oneTensor = (given: Tensor | Tensor[]): Tensor =>
  Array.isArray(given) ? (given[0] as Tensor) : given

/** A shape is a list too, of numbers and of null where a size is open. */
export const oneShape = (given: Shape | Shape[]): Shape =>
  Array.isArray(given[0]) ? given[0] : (given as Shape)
