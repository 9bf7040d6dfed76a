import type { Graph, GraphNode } from '../../graph/index.ts'

const MERGES = new Set(['Merge', 'RefMerge', '_XlaMerge'])

/**
 * The nodes, each after those it reads or waits for, in the very order of TensorFlow's `SortByExecutionOrder`
 * (`transform_utils.cc`): what became ready last goes first. A `Merge` waits for one of its inputs, so loops have an
 * order too.
 *
 * @returns the nodes, and those that wait for each other in a circle, which have no order
 */
export function executionOrder({ nodes }: Pick<Graph, 'nodes'>): {
  ordered: GraphNode[]
  circle: GraphNode[]
} {
  const index = new Map(nodes.map((node, i) => [node.name, i]))
  const readers: number[][] = nodes.map(() => [])
  const pending = new Int32Array(nodes.length)
  const ready: number[] = []
  nodes.forEach((node, i) => {
    const sources = node.inputs.length + node.controls.length
    pending[i] = MERGES.has(node.op) ? node.controls.length + 1 : sources
    if (sources === 0) ready.push(i)
    for (const { node: name } of node.inputs) readers[index.get(name) ?? -1]?.push(i)
    for (const name of node.controls) readers[index.get(name) ?? -1]?.push(i)
  })
  const ordered: GraphNode[] = []
  const done = new Uint8Array(nodes.length)
  for (let at = ready.pop(); at !== undefined; at = ready.pop()) {
    ordered.push(nodes[at] as GraphNode)
    done[at] = 1
    for (const reader of readers[at] as number[]) {
      pending[reader] = (pending[reader] as number) - 1
      if (pending[reader] === 0) ready.push(reader)
    }
  }
  const circle = ordered.length === nodes.length ? [] : nodes.filter((_, i) => !done[i])
  return { ordered, circle }
}

/** As {@link executionOrder}; what goes round in a circle comes at the end, as it stands. */
export function inOrder(graph: Pick<Graph, 'nodes'>): GraphNode[] {
  const { ordered, circle } = executionOrder(graph)
  return circle.length === 0 ? ordered : [...ordered, ...circle]
}
