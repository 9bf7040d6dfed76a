import { fail } from '../../../kit/index.ts'
import {
  type Attr,
  attr,
  attrOf,
  byName,
  type DataType,
  type Endpoint,
  type Graph,
  type GraphNode,
  portOf,
  withoutUnused,
} from '../../graph.ts'

/** Names of inputs and outputs that a person chose. */
export interface ChosenEnds {
  inputs?: string[]
  outputs?: string[]
}

/**
 * The graph between the chosen inputs and outputs. A node that is chosen as an input and is no placeholder becomes one:
 * what comes before it is left out.
 * @throws Failure `not-found` for a name that is not in the graph
 */
export function between(graph: Graph, { inputs, outputs }: ChosenEnds): Graph {
  if (!inputs && !outputs) return graph
  const nodes = byName(graph)
  const starts = inputs?.map(name => endpointOf(name, nodes, graph))
  const cut = new Map((starts ?? []).map(end => [portOf(end.name).node, end]))
  const made = graph.nodes.map(node => {
    const end = cut.get(node.name)
    return end && !node.op.startsWith('Placeholder') ? placeholderFor(node, end) : node
  })
  return withoutUnused({
    ...graph,
    nodes: made,
    inputs: starts ?? graph.inputs,
    outputs: outputs?.map(name => endpointOf(name, nodes, graph)) ?? graph.outputs,
  })
}

/** An output of a node, with the type and shape that its attributes tell. */
export function endpointOf(
  name: string,
  nodes: Map<string, GraphNode>,
  graph: Pick<Graph, 'inputs' | 'outputs'>,
): Endpoint {
  const { node, port } = portOf(name)
  const found = nodes.get(node)
  if (!found)
    throw fail(
      'not-found',
      `The graph has no operation named "${node}".`,
      'Check the name of the input or output.',
      { node },
    )
  const known = [...graph.inputs, ...graph.outputs].find(end => end.name === (port === 0 ? node : name))
  return (
    known ?? { name: port === 0 ? node : name, dtype: typeOf(found), shape: attrOf(found, 'shape', 'shape') }
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

function placeholderFor(node: GraphNode, { dtype, shape }: Endpoint): GraphNode {
  const attrs: Record<string, Attr> = { dtype: attr.type(dtype), shape: attr.shape(shape) }
  return { ...node, op: 'Placeholder', inputs: [], controls: [], attrs }
}
