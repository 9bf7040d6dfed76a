import { fail } from '../../kit/index.ts'
import { required } from './arguments.ts'
import { renameEnds, renameReads } from './draft.ts'
import { count, type Pass } from './pass.ts'

/** Gives a node another name everywhere, also where it is an input or output of the graph. */
export const renameNode: Pass<{ changed: number }> = {
  name: 'rename_node',
  title: 'Another name for a node',
  about: 'Renames one node, and everything that reads it follows.',
  arguments: [
    { name: 'old_node_name', about: 'Its name now.', required: true },
    { name: 'new_node_name', about: 'Its name from now on, which no other node has.', required: true },
  ],
  run(graph, args = {}) {
    const example = 'rename_node(old_node_name=super/deep/output, new_node_name=output)'
    const from = required(args, 'rename_node', 'old_node_name', example)
    const to = required(args, 'rename_node', 'new_node_name', example)
    if (graph.nodes.some(node => node.name === to))
      throw fail('bad-input', `A node is already named "${to}".`, 'Choose a name that is not taken.', {
        node: to,
      })
    if (!graph.nodes.some(node => node.name === from))
      return { graph, report: { changed: 0 }, note: `no node is named "${from}"` }
    const nameOf = (name: string) => (name === from ? to : name)
    const nodes = renameReads(graph.nodes, nameOf).map(node =>
      node.name === from ? { ...node, name: to } : node,
    )
    return { graph: renameEnds({ ...graph, nodes }, nameOf), report: { changed: 1 }, note: count(1, 'node') }
  },
}
