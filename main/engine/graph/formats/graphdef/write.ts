import { create, toBinary } from '@bufbuild/protobuf'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { fail } from '../../../kit/index.ts'
import { AttrValueSchema } from '../../gen/attr_value_pb.ts'
import { GraphDefSchema } from '../../gen/graph_pb.ts'
import { TensorProtoSchema } from '../../gen/tensor_pb.ts'
import { type Attr, type Graph, type GraphNode, portName, type Tensor } from '../../graph.ts'
import { writeTensor } from '../tensorProto.ts'
import { writeAttr } from './nodes.ts'

/** Bytes behind each other; weights are views of the graph's own. */
type Pieces = Uint8Array[]

const sizeOf = (pieces: Pieces): number => pieces.reduce((sum, piece) => sum + piece.length, 0)

/** Protocol buffers hold no more. */
const LARGEST = 2 ** 31 - 1

/**
 * A graph as a GraphDef, in pieces: fields by number, attributes by name, as protocol buffers write it.
 * @throws Failure `unsupported` beyond 2 GiB
 */
export function* graphPieces(graph: Graph): Generator<Uint8Array> {
  // Before anything is written: the weights are nearly all of it.
  let size = graph.nodes.reduce((sum, node) => sum + weightsOf(node), 0)
  check(size)
  size = 0
  for (const node of graph.nodes) {
    const pieces = message(1, nodePieces(node))
    size += sizeOf(pieces)
    check(size)
    yield* pieces
  }
  yield toBinary(GraphDefSchema, create(GraphDefSchema, { versions: graph.versions, library: graph.library }))
}

function check(size: number): void {
  if (size > LARGEST)
    throw fail(
      'unsupported',
      'The graph is larger than 2 GiB, which a GraphDef cannot be.',
      'Quantize the weights first, or write it as another format.',
    )
}

const weightsOf = (node: GraphNode): number =>
  Object.values(node.attrs).reduce(
    (sum, attr) => sum + (attr.kind === 'tensor' ? attr.value.data.byteLength : 0),
    0,
  )

function nodePieces(node: GraphNode): Pieces {
  const head = new BinaryWriter()
  if (node.name) head.tag(1, WireType.LengthDelimited).string(node.name)
  if (node.op) head.tag(2, WireType.LengthDelimited).string(node.op)
  for (const input of node.inputs) head.tag(3, WireType.LengthDelimited).string(portName(input))
  for (const name of node.controls) head.tag(3, WireType.LengthDelimited).string(`^${name}`)
  if (node.device) head.tag(4, WireType.LengthDelimited).string(node.device)
  const attrs = Object.keys(node.attrs)
    .sort()
    .flatMap(name => {
      const key = new BinaryWriter().tag(1, WireType.LengthDelimited).string(name).finish()
      return message(5, [key, ...message(2, attrPieces(node.attrs[name] as Attr))])
    })
  return [head.finish(), ...attrs]
}

const attrPieces = (attr: Attr): Pieces =>
  attr.kind === 'tensor' ? message(8, tensorPieces(attr.value)) : [toBinary(AttrValueSchema, writeAttr(attr))]

/** The elements come last, as by the number of their field. */
function tensorPieces(tensor: Tensor): Pieces {
  const proto = writeTensor(tensor)
  const { tensorContent } = proto
  proto.tensorContent = new Uint8Array()
  const pieces = [toBinary(TensorProtoSchema, proto)]
  return tensorContent.length > 0 ? [...pieces, ...message(4, [tensorContent])] : pieces
}

/** A field that holds these pieces. */
const message = (field: number, pieces: Pieces): Pieces => [
  new BinaryWriter().tag(field, WireType.LengthDelimited).uint32(sizeOf(pieces)).finish(),
  ...pieces,
]
