import { byName, type Graph, type GraphNode } from '../graph.ts'

/**
 * The nodes of a graph so that each comes after those it reads. In a loop, where that cannot be, the edge that closes
 * it is left out of account: the one from `NextIteration` to `Merge`, which is made for that, else any. Not recursive:
 * graphs are deeper than the stack.
 */
export function inOrder(graph: Graph): GraphNode[] {
  const nodes = byName(graph)
  const ordered: GraphNode[] = []
  const entered = new Set<string>()
  const stack: { node: GraphNode; next: number }[] = []
  const enter = (node: GraphNode | undefined) => {
    if (!node || entered.has(node.name)) return
    entered.add(node.name)
    stack.push({ node, next: 0 })
  }
  for (const root of graph.nodes) {
    enter(root)
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const input = top.node.inputs[top.next++]
      if (input) {
        const source = nodes.get(input.node)
        if (!(top.node.op === 'Merge' && source?.op === 'NextIteration')) enter(source)
      } else {
        ordered.push(top.node)
        stack.pop()
      }
    }
  }
  return ordered
}
