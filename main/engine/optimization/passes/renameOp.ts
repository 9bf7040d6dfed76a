import { required } from './arguments.ts'
import { count, type Pass } from './pass.ts'

/** Gives an operation another name, for runtimes with operations of their own. */
export const renameOp: Pass<{ changed: number }> = {
  name: 'rename_op',
  title: 'Another name for an operation',
  about: 'Renames the operation of all nodes that have it.',
  arguments: [
    { name: 'old_op_name', about: 'Its name now.', required: true },
    { name: 'new_op_name', about: 'Its name from now on.', required: true },
  ],
  run(graph, args = {}) {
    const example = 'rename_op(old_op_name=Mul, new_op_name=Multiply)'
    const from = required(args, 'rename_op', 'old_op_name', example)
    const to = required(args, 'rename_op', 'new_op_name', example)
    let changed = 0
    const nodes = graph.nodes.map(node => {
      if (node.op !== from) return node
      changed++
      return { ...node, op: to }
    })
    return { graph: { ...graph, nodes }, report: { changed }, note: `${count(changed, 'node')} changed` }
  },
}
