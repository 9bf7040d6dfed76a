import { count, type Pass } from './pass.ts'
import { operationOf } from './registry/index.ts'

/** Writes out the attributes that a file leaves to their defaults, for runtimes that do not know these. */
export const addDefaultAttributes: Pass<{ added: number }> = {
  name: 'add_default_attributes',
  title: 'Attributes written out',
  about: 'Adds to each node the attributes that its operation has by default.',
  arguments: [],
  run(graph) {
    let added = 0
    const nodes = graph.nodes.map(node => {
      const defaults = operationOf(node.op)?.defaults ?? {}
      const missing = Object.entries(defaults).filter(([name]) => !Object.hasOwn(node.attrs, name))
      if (missing.length === 0) return node
      added += missing.length
      return { ...node, attrs: { ...node.attrs, ...Object.fromEntries(missing) } }
    })
    return { graph: { ...graph, nodes }, report: { added }, note: `${count(added, 'attribute')} added` }
  },
}
