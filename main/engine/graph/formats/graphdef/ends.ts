import { fail } from '../../../kit/index.ts'
import {
  attrOf,
  byName,
  type DataType,
  type Endpoint,
  type GraphNode,
  portName,
  portOf,
} from '../../graph.ts'

/** Names of inputs and outputs that a person chose, or that a file says. */
export interface Ends {
  inputs?: string[]
  outputs?: string[]
}

/**
 * Where data enters and leaves: unless told otherwise at the placeholders, and at the nodes whose result nobody takes.
 * @throws Failure `not-found` for a name that is not in the graph
 */
export function endsOf(
  nodes: GraphNode[],
  { inputs, outputs }: Ends,
): { inputs: Endpoint[]; outputs: Endpoint[] } {
  const named = byName({ nodes })
  const all = (names: string[]) => names.map(name => endpointOf(name, named))
  return { inputs: all(inputs ?? placeholders(nodes)), outputs: all(outputs ?? unread(nodes)) }
}

const placeholders = (nodes: GraphNode[]): string[] =>
  nodes.filter(node => node.op.startsWith('Placeholder')).map(node => node.name)

const SILENT = new Set(['Const', 'NoOp', 'Placeholder', 'Assert', 'VarHandleOp'])

function unread(nodes: GraphNode[]): string[] {
  const read = new Set<string>()
  for (const node of nodes) {
    for (const input of node.inputs) read.add(input.node)
    for (const name of node.controls) read.add(name)
  }
  return nodes.filter(node => !read.has(node.name) && !SILENT.has(node.op)).map(node => node.name)
}

/**
 * An output of a node as an end of the graph: one of those that are known, else with the type and shape that its
 * attributes tell.
 * @throws Failure `not-found` for a name that is not in the graph
 */
export function endpointOf(name: string, nodes: Map<string, GraphNode>, known: Endpoint[] = []): Endpoint {
  const { node, port } = portOf(name)
  const found = nodes.get(node)
  if (!found)
    throw fail(
      'not-found',
      `The graph has no operation named "${node}".`,
      'Check the name of the input or output.',
      { node },
    )
  const plain = portName({ node, port })
  return (
    known.find(end => end.name === plain) ?? {
      name: plain,
      dtype: typeOf(found),
      shape: attrOf(found, 'shape', 'shape'),
    }
  )
}

/** Attributes that name the type of a node's results, the most telling first. */
const TYPES = ['Tout', 'DstT', 'out_type', 'output_type', 'dtype', 'Tparams', 'T', 'out_dtype']
const TRUTHS = /^(Equal|NotEqual|Less|LessEqual|Greater|GreaterEqual|Logical.*|IsNan|IsInf|IsFinite|Any|All)$/

function typeOf(node: GraphNode): DataType {
  if (TRUTHS.test(node.op)) return 'bool'
  for (const name of TYPES) {
    const type = attrOf(node, name, 'type')
    if (type) return type
  }
  return 'float32'
}

/** @throws Failure `unsupported-graph` for names used twice and edges that lead nowhere */
export function checkEdges(nodes: GraphNode[]): void {
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
