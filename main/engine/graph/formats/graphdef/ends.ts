import { fail } from '../../../kit/index.ts'
import { attrOf, type Endpoint, type GraphNode, portOf } from '../../graph.ts'

/** Names of inputs and outputs, for files that do not say them. */
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
  const byName = new Map(nodes.map(node => [node.name, node]))
  const all = (names: string[]) => names.map(name => endpoint(byName, name))
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

function endpoint(nodes: Map<string, GraphNode>, name: string): Endpoint {
  const { node } = portOf(name)
  const found = nodes.get(node)
  if (!found)
    throw fail(
      'not-found',
      `The graph has no operation named "${node}".`,
      'Check the name of the input or output.',
      { node },
    )
  const type = attrOf(found, 'dtype', 'type') ?? attrOf(found, 'T', 'type') ?? 'float32'
  return { name, dtype: type, shape: attrOf(found, 'shape', 'shape') }
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
