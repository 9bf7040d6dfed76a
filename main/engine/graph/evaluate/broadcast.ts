import { type DataType, sizeOf, type Tensor } from '../graph.ts'
import { elements, filled, isBig, type Limit, places, stridesOf, Unevaluable, within } from './elements.ts'

/** The shape that several shapes have together, by the rule of NumPy. */
export function broadcastShape(...shapes: number[][]): number[] {
  const rank = Math.max(...shapes.map(shape => shape.length))
  return Array.from({ length: rank }, (_, axis) => {
    let size = 1
    for (const shape of shapes) {
      const own = shape[axis - rank + shape.length] ?? 1
      if (own === 1 || own === size) continue
      if (size !== 1) throw new Unevaluable('shapes do not fit')
      size = own
    }
    return size
  })
}

/** The place in a tensor of `shape` for each element of the wider shape `to`; undefined where they are the same. */
export function stretched(shape: number[], to: number[]): Int32Array | undefined {
  if (sizeOf(shape) === sizeOf(to)) return undefined
  const own = stridesOf(shape)
  const ahead = to.length - shape.length
  const strides = to.map((_, axis) => ((shape[axis - ahead] ?? 1) === 1 ? 0 : (own[axis - ahead] as number)))
  return places(to, strides)
}

type Compute<T> = (a: T, b: T) => T | number | boolean

/** Element by element over two tensors that are stretched to each other. */
export function pairwise(
  a: Tensor,
  b: Tensor,
  dtype: DataType,
  limit: Limit,
  compute: { number?: Compute<number>; bigint?: Compute<bigint> },
): Tensor {
  if (a.dtype !== b.dtype) throw new Unevaluable('types do not fit')
  const shape = broadcastShape(a.shape, b.shape)
  within(dtype, shape, limit)
  const [from, other] = [stretched(a.shape, shape), stretched(b.shape, shape)]
  const each = isBig(a.dtype) ? compute.bigint : compute.number
  if (!each) throw new Unevaluable('not for this type')
  const [x, y] = [elements(a), elements(b)] as [ArrayLike<number>, ArrayLike<number>]
  const step = each as Compute<number>
  return filled(
    dtype,
    shape,
    limit,
    i =>
      step(
        x[from ? (from[i] as number) : i] as number,
        y[other ? (other[i] as number) : i] as number,
      ) as number,
  )
}
