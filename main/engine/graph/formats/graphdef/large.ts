import { fromBinary } from '@bufbuild/protobuf'
import { fail } from '../../../kit/index.ts'
import { bytesPerElement, dtypeOf, viewOf } from '../../dtype.ts'
import { NodeDefSchema } from '../../gen/node_def_pb.ts'
import { TensorProtoSchema } from '../../gen/tensor_pb.ts'
import { type DataType, type GraphNode, sizeOf, type Tensor } from '../../graph.ts'
import type { Room } from '../tensorProto.ts'
import { readNode } from './nodes.ts'
import type { Source } from './source.ts'
import { type Field, fieldsOf, type Range } from './wire.ts'

/** Nodes up to this many bytes are decoded whole; of larger ones the weights are read where they are wanted. */
const SMALL = 2 ** 16

/** Of what is no plain tensor, more than this in one node is damage, and would take many times as much memory. */
const LARGEST = 2 ** 26

const NODE_ATTR = 5
const ENTRY_KEY = 1
const ENTRY_VALUE = 2
const VALUE_TENSOR = 8
const TENSOR_CONTENT = 4
/** `float_val` and `double_val`: packed, they lie in the file as the elements lie in memory. */
const PACKED: Record<number, DataType> = { 5: 'float32', 6: 'float64' }

const length = ({ at, end }: Range) => end - at

/** Reads one NodeDef. However large its constants are, they come into memory once. */
export function readNodeDef(source: Source, range: Range, room: Room): GraphNode {
  if (length(range) <= SMALL) return decode(source, [range], room)
  const small: Range[] = []
  const tensors: { key: string; tensor: Tensor }[] = []
  for (const field of fieldsOf(source, range)) {
    const large = field.number === NODE_ATTR && field.type === 2 && length(field) > SMALL
    const found = large ? readEntry(source, field) : undefined
    if (found) tensors.push(found)
    else small.push({ at: field.from, end: field.end })
    if (small.length > LARGEST / 16) throw new RangeError('Too many fields')
  }
  const node = decode(source, small, room)
  for (const { key, tensor } of tensors) node.attrs[key] = { kind: 'tensor', value: tensor }
  return node
}

function decode(source: Source, ranges: Range[], room: Room): GraphNode {
  const size = ranges.reduce((sum, range) => sum + length(range), 0)
  room.decoded -= size
  if (size > LARGEST || room.decoded < 0)
    throw fail(
      'unreadable-file',
      'The file holds more attributes than any graph has.',
      'The file may be damaged; export the graph again with its weights as plain constants.',
    )
  return readNode(fromBinary(NodeDefSchema, copyOf(source, ranges)), room)
}

/** Pieces of the source behind each other, in memory of their own. */
export function copyOf(source: Source, ranges: Range[]): Uint8Array {
  const bytes = new Uint8Array(ranges.reduce((sum, range) => sum + length(range), 0))
  let to = 0
  for (const range of ranges) {
    bytes.set(source.view(range.at, length(range)), to)
    to += length(range)
  }
  return bytes
}

/** The only field of a message, or undefined where there are others. */
function onlyField(source: Source, message: Range): Field | undefined {
  let only: Field | undefined
  for (const field of fieldsOf(source, message)) {
    if (only) return undefined
    only = field
  }
  return only
}

/** A large attribute, if it is a tensor whose elements can be taken as they lie there. */
function readEntry(source: Source, entry: Range): { key: string; tensor: Tensor } | undefined {
  const parts: Field[] = []
  for (const field of fieldsOf(source, entry)) if (parts.push(field) > 2) return undefined
  const key = parts.find(part => part.number === ENTRY_KEY && part.type === 2)
  const value = parts.find(part => part.number === ENTRY_VALUE && part.type === 2)
  if (!key || !value || length(key) > SMALL) return undefined
  const only = onlyField(source, value)
  if (only?.number !== VALUE_TENSOR || only.type !== 2) return undefined
  const tensor = readLargeTensor(source, only)
  return tensor && { key: new TextDecoder().decode(source.view(key.at, length(key))), tensor }
}

/** Undefined for a tensor that is not there as its bytes, or not as many as its shape says: the general way tells. */
function readLargeTensor(source: Source, message: Range): Tensor | undefined {
  const small: Range[] = []
  let data: Field | undefined
  for (const field of fieldsOf(source, message)) {
    const isData = field.type === 2 && (field.number === TENSOR_CONTENT || PACKED[field.number])
    if (isData && length(field) > 0) {
      if (data) return undefined
      data = field
    } else if (small.push({ at: field.from, end: field.end }) > 1000 || length(field) > SMALL)
      return undefined
  }
  if (!data) return undefined
  const proto = fromBinary(TensorProtoSchema, copyOf(source, small))
  const dtype = dtypeOf(proto.dtype)
  if (!dtype || proto.tensorShape?.unknownRank) return undefined
  if (data.number !== TENSOR_CONTENT && PACKED[data.number] !== dtype) return undefined
  const shape = (proto.tensorShape?.dim ?? []).map(dim => Number(dim.size))
  const fits = shape.every(size => size >= 0) && sizeOf(shape) * bytesPerElement(dtype) === length(data)
  if (!fits) return undefined
  const buffer = new ArrayBuffer(length(data))
  source.into(data.at, new Uint8Array(buffer))
  const elements = viewOf(dtype, buffer)
  return elements && { dtype, shape, data: elements }
}
