import { count, type Pass } from './pass.ts'

/** `ConcatV2` as the older `Concat`, which takes the axis first. */
export const backportConcatV2: Pass<{ changed: number }> = {
  name: 'backport_concatv2',
  title: 'Older concatenation',
  about: 'Writes ConcatV2 as the Concat that old runtimes know.',
  arguments: [],
  run(graph) {
    let changed = 0
    const nodes = graph.nodes.map(node => {
      const axis = node.inputs.at(-1)
      if (node.op !== 'ConcatV2' || !axis) return node
      changed++
      const { Tidx: _, ...attrs } = node.attrs
      return { ...node, op: 'Concat', inputs: [axis, ...node.inputs.slice(0, -1)], attrs }
    })
    return { graph: { ...graph, nodes }, report: { changed }, note: `${count(changed, 'node')} changed` }
  },
}
