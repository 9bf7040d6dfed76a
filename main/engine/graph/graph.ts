import type { AttrValue } from './gen/attr_value_pb.ts'
import type { FunctionDefLibrary } from './gen/function_pb.ts'

/**
 * Element types of tensors, by TensorFlow's names. Complex numbers, strings, handles (`resource`) and what only lives
 * while a graph runs (`variant`) have no data here.
 */
export type DataType =
  | 'float32'
  | 'float64'
  | 'float16'
  | 'bfloat16'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'bool'
  | 'qint8'
  | 'quint8'
  | 'qint32'
  | 'complex64'
  | 'complex128'
  | 'string'
  | 'resource'
  | 'variant'

/** Elements of a tensor in memory, row by row. */
export type TensorData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array

/** A tensor that stands in the graph. float16 and bfloat16 hold their 16 bits as they are; bool holds 0 and 1. */
export interface Tensor {
  dtype: DataType
  shape: number[]
  data: TensorData
}

/** Sizes by axis, -1 where a size is open until run time; undefined when not even the rank is known. */
export type Shape = number[] | undefined

/** An attribute of a node. `opaque` is one that no code here looks into; it is carried along unchanged. */
export type Attr =
  | { kind: 'type'; value: DataType }
  | { kind: 'shape'; value: Shape }
  | { kind: 'tensor'; value: Tensor }
  | { kind: 'int'; value: number }
  | { kind: 'float'; value: number }
  | { kind: 'bool'; value: boolean }
  | { kind: 'string'; value: string }
  | { kind: 'ints'; value: number[] }
  | { kind: 'opaque'; value: AttrValue }

/** Short ways to write attributes: `attr.type('float32')`. */
export const attr = {
  type: (value: DataType): Attr => ({ kind: 'type', value }),
  shape: (value: Shape): Attr => ({ kind: 'shape', value }),
  tensor: (value: Tensor): Attr => ({ kind: 'tensor', value }),
  int: (value: number): Attr => ({ kind: 'int', value }),
  float: (value: number): Attr => ({ kind: 'float', value }),
  bool: (value: boolean): Attr => ({ kind: 'bool', value }),
  string: (value: string): Attr => ({ kind: 'string', value }),
  ints: (value: number[]): Attr => ({ kind: 'ints', value }),
}

/** One output of a node: most have only port 0. */
export interface Port {
  node: string
  port: number
}

/** Where a node came from, so that an error or a page can name what a person knows. */
export interface Origin {
  /** The node of the file that was read; for an inlined one the path of calls that led to it, `call/node`. */
  node: string
  /** The layer of the model that it belongs to, where the file tells. */
  layer?: string
}

/** One operation, in TensorFlow's meaning of its name and attributes. */
export interface GraphNode {
  name: string
  op: string
  inputs: Port[]
  /** Nodes that run before this one though no data flows (`^name` in a GraphDef). */
  controls: string[]
  device: string
  attrs: Record<string, Attr>
  /** Kept by every pass on what replaces a node; absent where a node was made here out of nothing. */
  origin?: Origin
}

/** Where data enters or leaves: the name is the node's, with `:port` where that is not 0. */
export interface Endpoint {
  name: string
  dtype: DataType
  /** Undefined where the graph does not say, which is usual for outputs. */
  shape: Shape
  /** What a signature calls it, where that is another name: `images`. */
  key?: string
}

/** A dataflow graph in TensorFlow's operations. It is never changed in place: a pass makes a new one. */
export interface Graph {
  nodes: GraphNode[]
  inputs: Endpoint[]
  outputs: Endpoint[]
  /** Values of variables, by shared name (TF2) or node name (TF1). Empty in a frozen graph. */
  variables: Map<string, Tensor>
  versions: { producer: number; minConsumer: number }
  /** Functions that nodes may call; carried along unchanged. */
  library?: FunctionDefLibrary
}

/** Nodes by their names. */
export const byName = <Node extends { name: string }>({ nodes }: { nodes: Node[] }): Map<string, Node> =>
  new Map(nodes.map(node => [node.name, node]))

/** What a failure says about where it is. */
export const placeOf = ({ name, origin }: GraphNode): { node: string; layer?: string } => ({
  node: name,
  ...(origin?.layer && { layer: origin.layer }),
})

/** Reads `name`, `name:port` (inputs) as a port. */
export function portOf(text: string): Port {
  const colon = text.lastIndexOf(':')
  const port = colon > 0 ? Number(text.slice(colon + 1)) : Number.NaN
  return Number.isInteger(port) ? { node: text.slice(0, colon), port } : { node: text, port: 0 }
}

/** A port as {@link portOf} reads it. */
export const portName = ({ node, port }: Port): string => (port === 0 ? node : `${node}:${port}`)

/** The value of an attribute of the given kind, or undefined when it is absent or of another kind. */
export function attrOf<K extends Attr['kind']>(node: GraphNode, name: string, kind: K) {
  const found = node.attrs[name]
  return found?.kind === kind ? (found.value as Extract<Attr, { kind: K }>['value']) : undefined
}

/** The number of elements of a shape; 1 for a scalar. */
export const sizeOf = (shape: number[]): number => shape.reduce((product, size) => product * size, 1)

/** Whether two shapes, or other lists of numbers, are one. */
export const sameShape = (a: number[], b: number[]): boolean =>
  a.length === b.length && a.every((size, axis) => size === b[axis])

/** A node that holds a tensor. */
export const constant = (name: string, value: Tensor, controls: string[] = []): GraphNode => ({
  name,
  op: 'Const',
  inputs: [],
  controls,
  device: '',
  attrs: { dtype: attr.type(value.dtype), value: attr.tensor(value) },
})

/** The nodes that the outputs need, in the order of the file; inputs stay even when nothing reads them. */
export function withoutUnused(graph: Graph): Graph {
  const nodes = byName(graph)
  const needed = new Set<string>()
  const open = [...graph.outputs, ...graph.inputs].map(end => portOf(end.name).node)
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const node = nodes.get(name)
    if (!node || needed.has(name)) continue
    needed.add(name)
    open.push(...node.inputs.map(input => input.node), ...node.controls)
  }
  return { ...graph, nodes: graph.nodes.filter(node => needed.has(node.name)) }
}
