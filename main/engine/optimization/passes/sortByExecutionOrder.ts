import { fail } from '../../kit/index.ts'
import { executionOrder } from './order.ts'
import type { Pass } from './pass.ts'

/** Puts every node after those it reads, as runtimes for small devices expect. */
export const sortByExecutionOrder: Pass = {
  name: 'sort_by_execution_order',
  title: 'Execution order',
  about: 'Puts every node behind those that it reads, so that the file can be run from top to bottom.',
  arguments: [],
  run(graph) {
    const { ordered, circle } = executionOrder(graph)
    const [first] = circle
    if (first)
      throw fail(
        'unsupported-graph',
        `${circle.length} nodes wait for each other in a circle, "${first.name}" among them.`,
        'Export the graph again; a circle without a Merge can never run.',
        { node: first.name, layer: first.origin?.layer },
      )
    return { graph: { ...graph, nodes: ordered }, report: {}, note: 'in order' }
  },
}
