import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { fail } from '../../kit/index.ts'
import { codeOf, dtypeOf } from '../dtype.ts'
import { type AttrValue, AttrValueSchema } from '../gen/attr_value_pb.ts'
import { type GraphDef, GraphDefSchema } from '../gen/graph_pb.ts'
import { type NodeDef, NodeDefSchema } from '../gen/node_def_pb.ts'
import { TensorShapeProtoSchema } from '../gen/tensor_shape_pb.ts'
import {
  type Attr,
  attrOf,
  type DataType,
  type Endpoint,
  type Graph,
  type GraphNode,
  portName,
  portOf,
  type Shape,
} from '../graph.ts'
import { readTensor, writeTensor } from './tensorProto.ts'

/**
 * Writes a graph as a TensorFlow GraphDef (`.pb`, binary protocol buffer). The same graph gives the same bytes:
 * nodes in their order, attributes by name.
 */
export function writeGraphDef(graph: Graph): Uint8Array {
  const def = create(GraphDefSchema, {
    node: graph.nodes.map(writeNode),
    versions: graph.versions,
    library: graph.library,
  })
  return toBinary(GraphDefSchema, def)
}

/**
 * Reads a TensorFlow GraphDef. The file has no signature, so unless told otherwise the inputs are its placeholders
 * and the outputs the nodes whose result nobody takes.
 *
 * @throws Failure `unreadable-file` for bytes that are not a GraphDef, `unsupported-graph` for a graph whose edges lead
 * nowhere, `not-found` for a named input or output that is not in it
 */
export function readGraphDef(bytes: Uint8Array, ends: { inputs?: string[]; outputs?: string[] } = {}): Graph {
  const def = parse(bytes)
  const nodes = def.node.map(readNode)
  check(nodes)
  return {
    nodes,
    inputs: (ends.inputs ?? placeholders(nodes)).map(name => endpoint(nodes, name)),
    outputs: (ends.outputs ?? unread(nodes)).map(name => endpoint(nodes, name)),
    variables: new Map(),
    versions: { producer: def.versions?.producer ?? 0, minConsumer: def.versions?.minConsumer ?? 0 },
    library: def.library,
  }
}

function parse(bytes: Uint8Array): GraphDef {
  const unreadable = (message: string, cause?: unknown) =>
    fail('unreadable-file', message, 'Choose a frozen TensorFlow graph (.pb), or export it again.', { cause })
  if (bytes.length === 0) throw unreadable('The graph file is empty.')
  let def: GraphDef
  try {
    def = fromBinary(GraphDefSchema, bytes)
  } catch (cause) {
    throw unreadable('The file is not a TensorFlow graph, or it is cut off.', cause)
  }
  // Many files parse as some protocol buffer; a graph has nodes, and every node a name and an operation.
  if (def.node.length === 0 || def.node.some(node => !node.name || !node.op))
    throw unreadable('The file is not a TensorFlow graph: it holds no operations.')
  return def
}

function check(nodes: GraphNode[]): void {
  const names = new Set<string>()
  for (const { name } of nodes) {
    if (names.has(name))
      throw fail(
        'unsupported-graph',
        `The graph has two operations named "${name}".`,
        'Export the graph again.',
        { node: name },
      )
    names.add(name)
  }
  for (const node of nodes)
    for (const source of [...node.inputs.map(input => input.node), ...node.controls])
      if (!names.has(source))
        throw fail(
          'unsupported-graph',
          `"${node.name}" reads from "${source}", which is not in the graph.`,
          'The file may be cut off; export the graph again.',
          { node: node.name },
        )
}

const placeholders = (nodes: GraphNode[]): string[] =>
  nodes.filter(node => node.op.startsWith('Placeholder')).map(node => node.name)

function unread(nodes: GraphNode[]): string[] {
  const read = new Set(nodes.flatMap(node => [...node.inputs.map(input => input.node), ...node.controls]))
  const silent = new Set(['Const', 'NoOp', 'Placeholder', 'Assert', 'VarHandleOp'])
  return nodes.filter(node => !read.has(node.name) && !silent.has(node.op)).map(node => node.name)
}

function endpoint(nodes: GraphNode[], name: string): Endpoint {
  const { node } = portOf(name)
  const found = nodes.find(candidate => candidate.name === node)
  if (!found)
    throw fail(
      'not-found',
      `The graph has no operation named "${node}".`,
      'Check the name of the input or output.',
      {
        node,
      },
    )
  const type = attrOf(found, 'dtype', 'type') ?? attrOf(found, 'T', 'type') ?? 'float32'
  return { name, dtype: type, shape: attrOf(found, 'shape', 'shape') }
}

function writeNode(node: GraphNode): NodeDef {
  const names = Object.keys(node.attrs).sort()
  return create(NodeDefSchema, {
    name: node.name,
    op: node.op,
    device: node.device,
    input: [...node.inputs.map(portName), ...node.controls.map(name => `^${name}`)],
    attr: Object.fromEntries(names.map(name => [name, writeAttr(node.attrs[name] as Attr)])),
  })
}

export function readNode(def: NodeDef): GraphNode {
  const controls = def.input.filter(input => input.startsWith('^')).map(input => input.slice(1))
  return {
    name: def.name,
    op: def.op,
    inputs: def.input.filter(input => !input.startsWith('^')).map(portOf),
    controls,
    device: def.device,
    attrs: Object.fromEntries(
      Object.entries(def.attr).map(([name, value]) => [name, readAttr(value, def.name)]),
    ),
  }
}

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
export function readAttr(value: AttrValue, node: string): Attr {
  const plain = readPlainAttr(value, node)
  return plain ?? { kind: 'opaque', value }
}

function readPlainAttr({ value }: AttrValue, node: string): Attr | undefined {
  switch (value.case) {
    case 'type': {
      const dtype: DataType | undefined = dtypeOf(value.value)
      return dtype && { kind: 'type', value: dtype }
    }
    case 'shape':
      return { kind: 'shape', value: readShape(value.value) }
    case 'tensor': {
      const tensor = readTensor(value.value, node)
      return tensor && { kind: 'tensor', value: tensor }
    }
    case 'i':
      return isSafe(value.value) ? { kind: 'int', value: Number(value.value) } : undefined
    case 'f':
      return { kind: 'float', value: value.value }
    case 'b':
      return { kind: 'bool', value: value.value }
    case 's': {
      const text = new TextDecoder().decode(value.value)
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

function readShape(proto: ReturnType<typeof writeShape>): Shape {
  return proto.unknownRank ? undefined : proto.dim.map(dim => Number(dim.size))
}
