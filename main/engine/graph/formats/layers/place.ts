import { type DataType, sizeOf } from '../../graph.ts'

/** The output of a node with what is known of its shape; the batch axis is -1. */
export interface Place {
  node: string
  port: number
  shape: number[]
  dtype: DataType
  /** Which steps count, bool of shape [batch, steps], where a layer before said that some do not. */
  mask?: Place
}

/** Elements of one row, or undefined where a size other than the batch is open. */
export function rowSize(shape: number[]): number | undefined {
  const row = shape.slice(1)
  return row.some(size => size < 0) ? undefined : sizeOf(row)
}

/** The shape of two stretched to each other; an open size stays open unless the other one is larger than 1. */
export function broadcast(a: number[], b: number[]): number[] {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, axis) => {
    const [x, y] = [a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1]
    if (x === 1) return y
    return y === 1 || y === -1 ? x : x === -1 ? y : x
  })
}

/** An axis as Keras counts it, the batch included, from the front. */
export const axisOf = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis)

/** Whether a value that a layer was called with is a result of another. */
export const isPlace = (value: unknown): value is Place =>
  typeof value === 'object' && value !== null && 'node' in value && 'port' in value
