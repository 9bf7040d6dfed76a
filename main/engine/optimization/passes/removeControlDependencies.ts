import { withoutIdleControls } from '../../graph/index.ts'
import { flag } from './arguments.ts'
import { count, type Pass } from './pass.ts'

/** Takes away `^name` inputs: all of them, as TensorFlow does, or only those that change nothing. */
export const removeControlDependencies: Pass<{ removed: number }> = {
  name: 'remove_control_dependencies',
  title: 'No waiting without data',
  about: 'Removes the edges by which a node waits for another one without reading from it.',
  arguments: [
    {
      name: 'keep_effects',
      about: 'true keeps those that wait for a check, a print or a branch. Without it all are removed.',
      required: false,
    },
  ],
  run(graph, args = {}) {
    const controls = (nodes: typeof graph.nodes) => nodes.reduce((sum, node) => sum + node.controls.length, 0)
    const nodes = flag(args, 'keep_effects', false)
      ? withoutIdleControls(graph.nodes)
      : graph.nodes.map(node => (node.controls.length > 0 ? { ...node, controls: [] } : node))
    const removed = controls(graph.nodes) - controls(nodes)
    return {
      graph: removed > 0 ? { ...graph, nodes } : graph,
      report: { removed },
      note: `${count(removed, 'edge')} removed`,
    }
  },
}
