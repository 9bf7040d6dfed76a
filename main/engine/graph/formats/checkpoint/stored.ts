import { type FailureError, fail } from '../../../kit/index.ts'
import { bytesPerElement, dtypeOf, viewOf } from '../../dtype.ts'
import type { TensorShapeProto } from '../../gen/tensor_shape_pb.ts'
import type { TensorSliceProto } from '../../gen/tensor_slice_pb.ts'
import { type DataType, sizeOf, type Tensor } from '../../graph.ts'
import type { Part } from './orderedCode.ts'

/** A tensor that a graph wants from a checkpoint. */
export interface Wanted {
  key: string
  /** A part of it, where the variable is one of several that share it (TF1's partitioned variables). */
  part?: Part
}

/** Tensors by name in the files of a checkpoint, of either version. */
export interface Checkpoint {
  has(key: string): boolean
  keys(): Iterable<string>
  /**
   * Reads tensors, each once and straight to where it stays.
   * @returns by {@link wantedId}
   * @throws Failure `unreadable-file` for what is damaged or not there, `unsupported` for types that cannot be constants
   */
  read(wanted: Wanted[], signal?: AbortSignal): Promise<Map<string, Tensor>>
  /** Bytes of the first string of a tensor of strings, if there is such a tensor. */
  text(key: string): Uint8Array | undefined
  /** Bytes of all its files. */
  bytes: number
  close(): void
}

/** What tells one wanted tensor from another. */
export const wantedId = ({ key, part }: Wanted): string =>
  part ? `${key} ${part.start.join(',')}:${part.size.join(',')}` : key

/** TF2 stores a variable as an attribute of its object. */
const variableIn = (key: string): string => key.replace('/.ATTRIBUTES/VARIABLE_VALUE', '')

/** The failure for a variable that the checkpoint does not have. */
export const notStored = (key: string): FailureError =>
  fail(
    'unreadable-file',
    `The checkpoint holds no value for the variable "${variableIn(key)}".`,
    'The graph and the checkpoint may not belong together; save the model again.',
  )

/** @throws RangeError for sizes that no tensor has */
export function shapeOf(proto: TensorShapeProto | undefined): number[] {
  const shape = (proto?.dim ?? []).map(({ size }) => Number(size))
  if (proto?.unknownRank || shape.some(size => size < 0) || !Number.isSafeInteger(sizeOf(shape)))
    throw new RangeError('No such shape')
  return shape
}

/** The part of a tensor that a message names: an axis without a length is there whole. */
export function partOf({ extent }: TensorSliceProto): Part {
  return {
    start: extent.map(({ start }) => Number(start)),
    size: extent.map(({ hasLength }) => (hasLength.case === 'length' ? Number(hasLength.value) : -1)),
  }
}

/** Where a part begins and how large it is, in elements. @throws RangeError when it does not lie in the shape */
export function boxOf(part: Part | undefined, shape: number[]): { start: number[]; size: number[] } {
  if (!part || (part.start.length === 0 && shape.length === 0))
    return { start: shape.map(() => 0), size: shape }
  const size = shape.map((length, axis) => (part.size[axis] === -1 ? length : (part.size[axis] ?? -1)))
  const fits = shape.every((length, axis) => {
    const from = part.start[axis] ?? -1
    const count = size[axis] as number
    return from >= 0 && count >= 0 && from + count <= length
  })
  if (!fits || part.start.length !== shape.length) throw new RangeError('No such part')
  return { start: part.start, size }
}

/** @throws Failure `unsupported-graph` for a type that no constant here can have */
export function plainType(code: number, key: string): DataType {
  const dtype = dtypeOf(code)
  if (!dtype || bytesPerElement(dtype) === 0)
    throw fail(
      'unsupported-graph',
      `The variable "${variableIn(key)}" holds ${dtype === 'string' ? 'text' : 'values of a type'} that cannot become a constant.`,
      'Choose outputs that do not need it.',
      { node: variableIn(key) },
    )
  return dtype
}

/** A tensor with room for its elements, and that room as bytes. */
export function emptyTensor(dtype: DataType, shape: number[]): { tensor: Tensor; bytes: Uint8Array } {
  const buffer = new ArrayBuffer(sizeOf(shape) * bytesPerElement(dtype))
  return {
    tensor: { dtype, shape, data: viewOf(dtype, buffer) as Tensor['data'] },
    bytes: new Uint8Array(buffer),
  }
}

interface Box {
  bytes: Uint8Array
  /** Where the box lies in the whole tensor. */
  start: number[]
  size: number[]
}

/** Copies what two boxes of one tensor have in common from one to the other, row by row. */
export function copyCommon(from: Box, to: Box, width: number): void {
  const rank = from.size.length
  const low = from.start.map((start, axis) => Math.max(start, to.start[axis] as number))
  const high = from.start.map((start, axis) =>
    Math.min(start + (from.size[axis] as number), (to.start[axis] as number) + (to.size[axis] as number)),
  )
  if (low.some((start, axis) => start >= (high[axis] as number))) return
  const offset = (box: Box, at: number[]): number =>
    at.reduce(
      (sum, position, axis) => sum * (box.size[axis] as number) + position - (box.start[axis] as number),
      0,
    ) * width
  const last = rank - 1
  const run = rank === 0 ? width : ((high[last] as number) - (low[last] as number)) * width
  const at = [...low]
  for (;;) {
    const source = offset(from, at)
    to.bytes.set(from.bytes.subarray(source, source + run), offset(to, at))
    let axis = last - 1
    for (; axis >= 0; axis--) {
      at[axis] = (at[axis] as number) + 1
      if ((at[axis] as number) < (high[axis] as number)) break
      at[axis] = low[axis] as number
    }
    if (axis < 0) return
  }
}
