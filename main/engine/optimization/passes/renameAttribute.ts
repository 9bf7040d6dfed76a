import { required, text } from './arguments.ts'
import { count, type Pass } from './pass.ts'

/** Gives an attribute another name, for runtimes that know it under that one. */
export const renameAttribute: Pass<{ changed: number }> = {
  name: 'rename_attribute',
  title: 'Another name for an attribute',
  about: 'Renames an attribute of all nodes, or of those of one operation.',
  arguments: [
    { name: 'old_attribute_name', about: 'Its name now.', required: true },
    { name: 'new_attribute_name', about: 'Its name from now on.', required: true },
    { name: 'op_name', about: 'The operation; all without it, or with *.', required: false },
  ],
  run(graph, args = {}) {
    const example = 'rename_attribute(old_attribute_name=foo, new_attribute_name=bar)'
    const from = required(args, 'rename_attribute', 'old_attribute_name', example)
    const to = required(args, 'rename_attribute', 'new_attribute_name', example)
    const op = text(args, 'op_name') ?? '*'
    let changed = 0
    const nodes = graph.nodes.map(node => {
      if ((op !== '*' && op !== node.op) || !Object.hasOwn(node.attrs, from)) return node
      changed++
      const { [from]: value, ...others } = node.attrs
      return { ...node, attrs: value ? { ...others, [to]: value } : others }
    })
    return { graph: { ...graph, nodes }, report: { changed }, note: `${count(changed, 'node')} changed` }
  },
}
