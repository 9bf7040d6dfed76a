import { fail } from '../../kit/index.ts'
import { attr, attrOf, byName, constant, type GraphNode, withoutUnused } from '../graph.ts'
import type { Pass } from './pass.ts'

export interface FreezeReport {
  /** Variables that became constants. */
  variables: number
  /** Bytes of those constants. */
  bytes: number
  /** Nodes the outputs do not need, dropped. */
  dropped: number
}

const HANDLES = new Set(['VarHandleOp', 'VariableV2', 'Variable', 'RefVariable'])

/**
 * Variables to constants, as TensorFlow's `convert_variables_to_constants_v2` does it: the handle (`VarHandleOp`, or
 * TF1's `VariableV2`) becomes a `Const` of the same name, reading it (`ReadVariableOp`) an `Identity`, and what the
 * outputs do not need is dropped.
 *
 * @throws Failure `unsupported-graph`, with the node, for a variable whose value is unknown or that the graph changes
 */
export const freeze: Pass<object, FreezeReport> = {
  name: 'freeze',
  title: 'Variables to constants',
  words: ({ variables, dropped }) =>
    `${variables} variables became constants, ${dropped} unused nodes dropped`,
  run(graph) {
    const needed = withoutUnused(graph)
    const before = byName(needed)
    let variables = 0
    let bytes = 0
    const nodes = needed.nodes.map((node): GraphNode => {
      if (HANDLES.has(node.op)) {
        const value = graph.variables.get(attrOf(node, 'shared_name', 'string') || node.name)
        if (!value)
          throw fail(
            'unsupported-graph',
            `The value of the variable "${node.name}" is not known.`,
            'Freeze the model together with its trained weights.',
            { node: node.name },
          )
        variables++
        bytes += value.data.byteLength
        return constant(node.name, value, node.controls)
      }
      const handle = node.inputs
        .map(input => before.get(input.node))
        .find(source => source && HANDLES.has(source.op))
      if (handle?.op === 'VarHandleOp') {
        if (node.op !== 'ReadVariableOp')
          throw fail(
            'unsupported-graph',
            `"${node.name}" (${node.op}) does more with the variable "${handle.name}" than read it.`,
            'Freeze the part of the graph that predicts, not the one that trains.',
            { node: node.name },
          )
        const { dtype } = node.attrs
        return { ...node, op: 'Identity', attrs: { T: dtype ?? attr.type('float32') } }
      }
      return node
    })
    return {
      graph: { ...needed, nodes, variables: new Map() },
      report: { variables, bytes, dropped: graph.nodes.length - nodes.length },
    }
  },
}
