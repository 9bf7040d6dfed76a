import { create } from '@bufbuild/protobuf'
import { fail } from '../../kit/index.ts'
import { bytesPerElement, codeOf, dtypeOf, elementsOf, viewOf } from '../dtype.ts'
import { type TensorProto, TensorProtoSchema } from '../gen/tensor_pb.ts'
import { sizeOf, type Tensor } from '../graph.ts'

/** Bytes that a file may still take beyond its own: a few of them can stand for many. */
export interface Room {
  /** Of constants that one value fills. */
  filled: number
  /** Of what is decoded into objects. */
  decoded: number
}

/** Room for what one file may hold. */
export const roomFor = (): Room => ({ filled: 2 ** 30, decoded: 2 ** 29 })

/** A tensor as TensorFlow's TensorProto, its elements as little-endian bytes in `tensor_content`. */
export function writeTensor({ dtype, shape, data }: Tensor): TensorProto {
  return create(TensorProtoSchema, {
    dtype: codeOf(dtype),
    tensorShape: { dim: shape.map(size => ({ size: BigInt(size) })) },
    tensorContent: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  })
}

/**
 * Reads a TensorProto: either packed bytes, or a list of values in which the last one stands for all that follow.
 * Undefined for types without plain elements (strings, handles), which the caller carries along as they are.
 *
 * @param room what is left of it is counted down here
 * @throws Failure `unreadable-file` when the data does not fit the shape
 */
export function readTensor(proto: TensorProto, node: string, room: Room = roomFor()): Tensor | undefined {
  const dtype = dtypeOf(proto.dtype)
  const width = dtype ? bytesPerElement(dtype) : 0
  if (!dtype || width === 0 || proto.tensorShape?.unknownRank) return undefined
  const shape = (proto.tensorShape?.dim ?? []).map(dim => Number(dim.size))
  const count = sizeOf(shape)
  const broken = () =>
    fail(
      'unreadable-file',
      `The constant "${node}" does not hold as many values as its shape says.`,
      'The file is damaged; export the graph again.',
      { node },
    )
  if (shape.some(size => size < 0) || !Number.isSafeInteger(count)) throw broken()

  if (proto.tensorContent.length > 0) {
    if (proto.tensorContent.length !== count * width) throw broken()
    return { dtype, shape, data: elementsOf(dtype, proto.tensorContent) as Tensor['data'] }
  }

  const values = listOf(proto)
  if (values.length > count) throw broken()
  // A shape of billions with one value behind it is what a damaged file looks like, not a model.
  if (values.length < count) room.filled -= count * width
  if (room.filled < 0) throw broken()
  const data = viewOf(dtype, new ArrayBuffer(count * width)) as Float32Array
  for (let i = 0; i < values.length; i++) data[i] = values[i] as never
  // Zeros are there already; memory that nobody wrote to costs nothing.
  const last = values[values.length - 1]
  if (last) data.fill(last as never, values.length)
  return { dtype, shape, data }
}

/** The list that the type keeps its values in; small integers of all kinds share `int_val`. */
function listOf(proto: TensorProto): ArrayLike<number | bigint> {
  switch (dtypeOf(proto.dtype)) {
    case 'float32':
      return proto.floatVal
    case 'float64':
      return proto.doubleVal
    case 'float16':
    case 'bfloat16':
      return proto.halfVal
    case 'int64':
      return proto.int64Val
    case 'uint32':
      return proto.uint32Val
    case 'uint64':
      return proto.uint64Val
    case 'bool':
      return proto.boolVal.map(Number)
    default:
      return proto.intVal
  }
}
