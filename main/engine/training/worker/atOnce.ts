import { type NetSpec, shapesOf } from '../trainers/index.ts'

/** What the values of all layers may take while a batch is learned, in bytes. */
const MOST_BYTES = 2 ** 30

/** What layers give is held for the gradients; with those, and what convolutions unfold, six times that was measured. */
const COPIES = 6

/** Arrays of its width that a recurrent layer holds for each of its steps. */
const RECURRENT = 12

/**
 * How many rows of a net are learned at once. The rows of a larger batch are learned part by part and their gradients added
 * up, which is the same step but for rounding: pictures of 512 x 512 in batches of 128 would need more memory than WASM
 * can have.
 */
export function rowsLearnedAtOnce(net: NetSpec, most = MOST_BYTES): number {
  const size = (shape: readonly number[]) => shape.reduce((product, length) => product * length, 1)
  const values = shapesOf(net).reduce((sum, { layer, shape, inputs }) => {
    const steps = layer.kind === 'gru' ? (inputs[0]?.[0] ?? 1) * RECURRENT : 1
    // An embedding reads a row for each place before it takes their mean.
    const places = layer.kind === 'embedding-bag' ? (inputs[0]?.at(-1) ?? 1) : 1
    return sum + size(shape) * steps * places
  }, 0)
  return Math.max(1, Math.floor(most / (values * COPIES * 4)))
}
