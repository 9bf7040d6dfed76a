import { sizeOf, type TensorData } from './graph.ts'

/**
 * Writes the elements of a tensor into `to` with its axes in another order: axis `i` of the result is axis `order[i]`.
 * @param to of the same type and as many elements, in other memory
 */
export function transpose(from: TensorData, shape: number[], order: number[], to: TensorData): void {
  const [source, target] = [from as Float32Array, to as Float32Array]
  const sizes = order.map(axis => shape[axis] as number)
  const steps = order.map(axis => sizeOf(shape.slice(axis + 1)))
  const last = sizes.length - 1
  const [width, step] = [sizes[last] ?? 1, steps[last] ?? 1]
  const at = new Array<number>(Math.max(0, last)).fill(0)
  for (let i = 0, start = 0; i < target.length; ) {
    for (let k = 0, place = start; k < width; k++, place += step) target[i++] = source[place] as number
    for (let axis = last - 1; axis >= 0; axis--) {
      start += steps[axis] as number
      at[axis] = (at[axis] as number) + 1
      if ((at[axis] as number) < (sizes[axis] as number)) break
      start -= (steps[axis] as number) * (sizes[axis] as number)
      at[axis] = 0
    }
  }
}
