import { inlineFunctions } from '../../graph/index.ts'
import { count, type Pass } from './pass.ts'

/**
 * The bodies of functions in the place of their calls. TensorFlow's writes out one level of `PartitionedCall`; this
 * one goes on to the end, through `StatefulPartitionedCall` and TF1's calls too.
 */
export const inlinePartitionedcall: Pass<{ functions: number }> = {
  name: 'inline_partitionedcall',
  title: 'Functions written out',
  about: 'Writes the bodies of functions in place of the calls to them.',
  arguments: [],
  run(graph) {
    const before = graph.library?.function.length ?? 0
    if (before === 0) return { graph, report: { functions: 0 }, note: 'there are no functions' }
    const inlined = inlineFunctions(graph)
    const functions = before - (inlined.library?.function.length ?? 0)
    return {
      graph: inlined,
      report: { functions },
      note: `${count(functions, 'function')} written out or not needed`,
    }
  },
}
