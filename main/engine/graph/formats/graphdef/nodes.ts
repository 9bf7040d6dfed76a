import { create } from '@bufbuild/protobuf'
import { codeOf, dtypeOf } from '../../dtype.ts'
import { type AttrValue, AttrValueSchema } from '../../gen/attr_value_pb.ts'
import type { NodeDef } from '../../gen/node_def_pb.ts'
import { TensorShapeProtoSchema } from '../../gen/tensor_shape_pb.ts'
import { type Attr, type GraphNode, portOf, type Shape } from '../../graph.ts'
import { type Room, readTensor, writeTensor } from '../tensorProto.ts'

/** @param room for constants that a few bytes of the file fill, see {@link readTensor} */
export function readNode(def: NodeDef, room?: Room): GraphNode {
  const controls = def.input.filter(input => input.startsWith('^')).map(input => input.slice(1))
  return {
    name: def.name,
    op: def.op,
    inputs: def.input.filter(input => !input.startsWith('^')).map(portOf),
    controls,
    device: def.device,
    attrs: Object.fromEntries(
      Object.entries(def.attr).map(([name, value]) => [name, readAttr(value, def.name, room)]),
    ),
  }
}

/** An attribute as a GraphDef has it; what was carried along comes back unchanged. */
export function writeAttr(value: Attr): AttrValue {
  const as = (oneof: AttrValue['value']) => create(AttrValueSchema, { value: oneof })
  switch (value.kind) {
    case 'type':
      return as({ case: 'type', value: codeOf(value.value) })
    case 'shape':
      return as({ case: 'shape', value: writeShape(value.value) })
    case 'tensor':
      return as({ case: 'tensor', value: writeTensor(value.value) })
    case 'int':
      return as({ case: 'i', value: BigInt(value.value) })
    case 'float':
      return as({ case: 'f', value: value.value })
    case 'bool':
      return as({ case: 'b', value: value.value })
    case 'string':
      return as({ case: 's', value: new TextEncoder().encode(value.value) })
    case 'ints':
      return create(AttrValueSchema, {
        value: { case: 'list', value: { i: value.value.map(BigInt) } },
      })
    case 'opaque':
      return value.value
  }
}

/** What has a plain form here gets it; functions, lists of other things and exotic types stay as they are. */
export function readAttr(value: AttrValue, node: string, room?: Room): Attr {
  const plain = readPlainAttr(value, node, room)
  return plain ?? { kind: 'opaque', value }
}

function readPlainAttr({ value }: AttrValue, node: string, room?: Room): Attr | undefined {
  switch (value.case) {
    case 'type': {
      const dtype = dtypeOf(value.value)
      return dtype && { kind: 'type', value: dtype }
    }
    case 'shape':
      return { kind: 'shape', value: readShape(value.value) }
    case 'tensor': {
      const tensor = readTensor(value.value, node, room)
      return tensor && { kind: 'tensor', value: tensor }
    }
    case 'i':
      return isSafe(value.value) ? { kind: 'int', value: Number(value.value) } : undefined
    case 'f':
      return { kind: 'float', value: value.value }
    case 'b':
      return { kind: 'bool', value: value.value }
    case 's': {
      const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(value.value)
      const back = new TextEncoder().encode(text)
      const same = back.length === value.value.length && back.every((byte, i) => byte === value.value[i])
      return same ? { kind: 'string', value: text } : undefined
    }
    case 'list': {
      const { i, s, f, b, type, shape, tensor, func } = value.value
      const others = [s, f, b, type, shape, tensor, func].some(list => list.length > 0)
      return !others && i.length > 0 && i.every(isSafe) ? { kind: 'ints', value: i.map(Number) } : undefined
    }
    default:
      return undefined
  }
}

const isSafe = (value: bigint): boolean =>
  value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)

function writeShape(shape: Shape) {
  return create(
    TensorShapeProtoSchema,
    shape === undefined ? { unknownRank: true } : { dim: shape.map(size => ({ size: BigInt(size) })) },
  )
}

/** A size below zero is open whatever its number, and so is one that no tensor can have. */
function readShape(proto: ReturnType<typeof writeShape>): Shape {
  if (proto.unknownRank) return undefined
  return proto.dim.map(({ size }) => (size < 0n || !isSafe(size) ? -1 : Number(size)))
}
