import { fail } from '../../../kit/index.ts'
import { attrOf } from '../../graph.ts'
import type { Family } from '../kernel.ts'

/** Where values begin. */
export const source: Family = {
  Const: ({ node }) => {
    const value = attrOf(node, 'value', 'tensor')
    if (!value)
      throw fail(
        'unsupported-graph',
        `The constant "${node.name}" has no plain values.`,
        'Export the graph again.',
        { node: node.name },
      )
    return value
  },
}
