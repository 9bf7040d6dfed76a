import { create } from '@bufbuild/protobuf'
import { fail } from '../../kit/index.ts'
import { bytesPerElement, codeOf, dtypeOf, elementsOf } from '../dtype.ts'
import { type TensorProto, TensorProtoSchema } from '../gen/tensor_pb.ts'
import { sizeOf, type Tensor } from '../graph.ts'

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
 * @throws Failure `unreadable-file` when the data does not fit the shape
 */
export function readTensor(proto: TensorProto, node: string): Tensor | undefined {
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
  if (count * width > 2 ** 31) throw broken()
  const data = elementsOf(dtype, new Uint8Array(count * width)) as Tensor['data']
  const last = values.length - 1
  for (let i = 0; last >= 0 && i < count; i++) data[i] = values[Math.min(i, last)] as never
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
