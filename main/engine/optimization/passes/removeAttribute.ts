import { required, text } from './arguments.ts'
import { count, type Pass } from './pass.ts'

/** Takes an attribute off nodes; what an operation has by default may be needed to be absent by an old runtime. */
export const removeAttribute: Pass<{ changed: number }> = {
  name: 'remove_attribute',
  title: 'Without an attribute',
  about: 'Removes an attribute from all nodes, or from those of one operation.',
  arguments: [
    { name: 'attribute_name', about: 'The attribute.', required: true },
    { name: 'op_name', about: 'The operation; all without it, or with *.', required: false },
  ],
  run(graph, args = {}) {
    const example = 'remove_attribute(op_name=Mul, attribute_name=foo)'
    const attribute = required(args, 'remove_attribute', 'attribute_name', example)
    const op = text(args, 'op_name') ?? '*'
    let changed = 0
    const nodes = graph.nodes.map(node => {
      if ((op !== '*' && op !== node.op) || !Object.hasOwn(node.attrs, attribute)) return node
      changed++
      const { [attribute]: _, ...attrs } = node.attrs
      return { ...node, attrs }
    })
    return { graph: { ...graph, nodes }, report: { changed }, note: `${count(changed, 'node')} changed` }
  },
}
