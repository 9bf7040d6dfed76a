import { bytesPerElement, viewOf } from '../dtype.ts'
import { type DataType, sizeOf, type Tensor } from '../graph.ts'
import { bfloat16Of, float16Of, widened } from './half.ts'

/** This node cannot be evaluated, or not within the limit. Never reaches a caller of the door. */
export class Unevaluable extends Error {}

const FLOATS = new Set<DataType>(['float32', 'float64', 'float16', 'bfloat16'])

export const isFloat = (dtype: DataType): boolean => FLOATS.has(dtype)
export const isBig = (dtype: DataType): boolean => dtype === 'int64' || dtype === 'uint64'

/** Elements as they are computed with: numbers, or bigints for 64-bit integers. */
export type Elements = ArrayLike<number> | ArrayLike<bigint>

/** Bytes that a result may have under any limit: shapes and axes must come through. */
const SMALL = 4096

/** How large a result may be. */
export interface Limit {
  /** Bytes of one result. */
  bytes: number
}

/** The number of elements of a shape; asked before any memory is. */
export function within(dtype: DataType, shape: number[], limit: Limit): number {
  const count = sizeOf(shape)
  if (shape.some(size => !Number.isSafeInteger(size) || size < 0)) throw new Unevaluable('bad shape')
  if (!(count * bytesPerElement(dtype) <= Math.max(limit.bytes, SMALL))) throw new Unevaluable('too large')
  return count
}

/** Room for a tensor, all zeros. */
export function allocate(dtype: DataType, shape: number[], limit: Limit): Tensor {
  const data = viewOf(dtype, new ArrayBuffer(within(dtype, shape, limit) * bytesPerElement(dtype)))
  if (!data) throw new Unevaluable(`no elements of type ${dtype}`)
  return { dtype, shape, data }
}

/** The elements of a tensor as numbers; 16-bit floats are widened. */
export function elements(tensor: Tensor): Elements {
  if (sizeOf(tensor.shape) !== tensor.data.length) throw new Unevaluable('broken constant')
  const { dtype, data } = tensor
  if (dtype === 'float16' || dtype === 'bfloat16') return widened(data as Uint16Array, dtype)
  return data as Elements
}

/** Numbers for any type but 64-bit integers, whose elements must be exact to be taken. */
export function numbers(tensor: Tensor): ArrayLike<number> {
  const found = elements(tensor)
  return isBig(tensor.dtype)
    ? Float64Array.from(found as ArrayLike<bigint>, Number)
    : (found as ArrayLike<number>)
}

/** What turns a computed number into what is stored: 16-bit floats are rounded, the rest the array does itself. */
export function encoder(dtype: DataType): (value: number) => number {
  if (dtype === 'float16') return float16Of
  if (dtype === 'bfloat16') return bfloat16Of
  return value => value
}

/** A tensor whose elements are computed by place. */
export function filled(
  dtype: DataType,
  shape: number[],
  limit: Limit,
  at: (i: number) => number | bigint,
): Tensor {
  const made = allocate(dtype, shape, limit)
  const { length } = made.data
  if (isBig(dtype)) {
    const data = made.data as BigInt64Array
    for (let i = 0; i < length; i++) data[i] = at(i) as bigint
  } else {
    const data = made.data as Float32Array
    if (dtype === 'float16' || dtype === 'bfloat16') {
      const encode = encoder(dtype)
      for (let i = 0; i < length; i++) data[i] = encode(at(i) as number)
    } else for (let i = 0; i < length; i++) data[i] = at(i) as number
  }
  return made
}

/** Elements moved and not computed: what stands at `from(i)` of the source goes to `i`, in any type, bit by bit. */
export function moved(source: Tensor, shape: number[], limit: Limit, from: (i: number) => number): Tensor {
  const made = allocate(source.dtype, shape, limit)
  const to = made.data as Float32Array
  const data = source.data as Float32Array
  for (let i = 0; i < to.length; i++) to[i] = data[from(i)] as number
  return made
}

/** A tensor of whole numbers (a shape, axes, indices) as plain numbers. */
export function wholes(tensor: Tensor | undefined): number[] {
  if (!tensor || isFloat(tensor.dtype)) throw new Unevaluable('whole numbers are missing')
  return Array.from(tensor.data as Int32Array, Number)
}

/** The one whole number of a scalar. */
export function whole(tensor: Tensor | undefined): number {
  const [value, ...more] = wholes(tensor)
  if (value === undefined || more.length > 0) throw new Unevaluable('a scalar is missing')
  return value
}

/** An axis counted from the end where it is negative. */
export function axisOf(axis: number, rank: number): number {
  const found = axis < 0 ? axis + rank : axis
  if (!(found >= 0 && found < rank)) throw new Unevaluable('no such axis')
  return found
}

/** How far apart neighbors along each axis lie. */
export function stridesOf(shape: number[]): number[] {
  const strides = new Array<number>(shape.length)
  let step = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step
    step *= shape[axis] as number
  }
  return strides
}

/**
 * The places in a source for each element of a result, in order, where one step along a result's axis goes
 * `strides[axis]` in the source. What a walk over many axes costs is then one addition an element.
 */
export function places(shape: number[], strides: number[], start = 0): Int32Array {
  const made = new Int32Array(sizeOf(shape))
  const rank = shape.length
  const at = new Int32Array(rank)
  let place = start
  for (let i = 0; i < made.length; i++) {
    made[i] = place
    for (let axis = rank - 1; axis >= 0; axis--) {
      place += strides[axis] as number
      at[axis] = (at[axis] as number) + 1
      if ((at[axis] as number) < (shape[axis] as number)) break
      place -= (strides[axis] as number) * (shape[axis] as number)
      at[axis] = 0
    }
  }
  return made
}

/** `Math.max` and `Math.min` do not take 64-bit integers. */
export function larger(a: bigint, b: bigint): bigint {
  if (a > b) return a
  return b
}

export function smaller(a: bigint, b: bigint): bigint {
  if (a < b) return a
  return b
}
