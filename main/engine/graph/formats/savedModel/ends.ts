import {
  type Attr,
  attr,
  byName,
  type Endpoint,
  type Graph,
  type GraphNode,
  portOf,
  withoutUnused,
} from '../../graph.ts'
import { type Ends, endpointOf } from '../graphdef/ends.ts'

/**
 * The graph between the chosen inputs and outputs. A node that is chosen as an input and is no placeholder becomes one:
 * what comes before it is left out.
 * @throws Failure `not-found` for a name that is not in the graph
 */
export function between(graph: Graph, { inputs, outputs }: Ends): Graph {
  if (!inputs && !outputs) return graph
  const nodes = byName(graph)
  const known = [...graph.inputs, ...graph.outputs]
  const starts = inputs?.map(name => endpointOf(name, nodes, known))
  const cut = new Map((starts ?? []).map(end => [portOf(end.name).node, end]))
  const made = graph.nodes.map(node => {
    const end = cut.get(node.name)
    return end && !node.op.startsWith('Placeholder') ? placeholderFor(node, end) : node
  })
  return withoutUnused({
    ...graph,
    nodes: made,
    inputs: starts ?? graph.inputs,
    outputs: outputs?.map(name => endpointOf(name, nodes, known)) ?? graph.outputs,
  })
}

function placeholderFor(node: GraphNode, { dtype, shape }: Endpoint): GraphNode {
  const attrs: Record<string, Attr> = { dtype: attr.type(dtype), shape: attr.shape(shape) }
  return { ...node, op: 'Placeholder', inputs: [], controls: [], attrs }
}
