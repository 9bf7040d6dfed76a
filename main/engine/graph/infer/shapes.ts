import { type Shape, sizeOf } from '../graph.ts'
import type { Elements, Known } from './rule.ts'

/** Shape of two operands that are stretched to each other, axis by axis from the end. */
export function broadcast(a: Shape, b: Shape): Shape {
  if (!a || !b) return undefined
  const rank = Math.max(a.length, b.length)
  const shape: number[] = []
  for (let axis = 0; axis < rank; axis++) {
    const x = a[axis - rank + a.length] ?? 1
    const y = b[axis - rank + b.length] ?? 1
    if (x === y || y === 1) shape.push(x)
    else if (x === 1) shape.push(y)
    else if (x < 0) shape.push(y)
    else if (y < 0) shape.push(x)
    // The two never go together; it is not for this code to say so.
    else return undefined
  }
  return shape
}

/** What both ways of knowing the same shape say together. */
export function refine(a: Shape, b: Shape): Shape {
  if (!a || !b || a.length !== b.length) return a ?? b
  return a.map((size, axis) => (size < 0 ? (b[axis] as number) : size))
}

/** What holds of either of two shapes. */
export function common(a: Shape, b: Shape): Shape {
  if (!a || !b || a.length !== b.length) return undefined
  return a.map((size, axis) => (size === b[axis] ? size : -1))
}

/** Number of elements, or undefined while a size is open. A size of 0 decides it alone. */
export function count(shape: Shape): number | undefined {
  if (!shape) return undefined
  if (shape.includes(0)) return 0
  return shape.some(size => size < 0) ? undefined : sizeOf(shape)
}

/** Elements that are sizes, as a shape; those that are not known are open. */
export const asShape = (elements: Elements | undefined): Shape =>
  elements?.map(size => (size === undefined || size < 0 || !Number.isSafeInteger(size) ? -1 : size))

/** Of an axis counted from the end, or undefined where there is no such axis. */
export function axisOf(axis: number | undefined, rank: number): number | undefined {
  if (axis === undefined || axis < -rank || axis >= rank) return undefined
  return axis < 0 ? axis + rank : axis
}

/** A shape of which only the rank is known. */
export const rankOnly = (rank: number): number[] => new Array<number>(Math.max(0, rank)).fill(-1)

/** Sizes added; open if one is. */
export const plus = (a: number, b: number): number => (a < 0 || b < 0 ? -1 : a + b)

/** Sizes multiplied; open if one is, except that nothing times anything is nothing. */
export const times = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : a < 0 || b < 0 ? -1 : a * b)

/** TensorFlow knows no tensors of more axes. */
export const MAX_RANK = 254

/** How many sizes a vector holds, whatever they are: the rank of the shape that it says. */
export function rankBy({ shape }: Known): number | undefined {
  const length = shape?.length === 1 ? (shape[0] as number) : -1
  return length < 0 || length > MAX_RANK ? undefined : length
}

/** The shape that a vector of sizes says, as far as that is known. */
export function shapeBy(sizes: Known): Shape {
  const rank = rankBy(sizes)
  return asShape(sizes.elements) ?? (rank === undefined ? undefined : rankOnly(rank))
}
