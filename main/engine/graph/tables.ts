import { type FailureError, fail } from '../kit/index.ts'
import { attrOf, type GraphNode, placeOf } from './graph.ts'

const TABLES =
  /^(Anonymous)?(Mutable)?(Dense)?HashTable(OfTensors)?(V2)?$|^(Anonymous)?MutableDenseHashTable(V2)?$|^BoostedTrees.*HandleOp$/

/** Whether a node is a table of words, filled when a model is loaded. */
export const holdsTable = ({ op }: GraphNode): boolean => TABLES.test(op)

/** Why a table stands in the way of freezing, and where the graph can be entered after it. */
export function tableFailure(table: GraphNode, nodes: GraphNode[]): FailureError {
  const lookup = nodes.find(
    ({ op, inputs }) => op.startsWith('LookupTableFind') && inputs[0]?.node === table.name,
  )
  const name = attrOf(table, 'shared_name', 'string') || table.name
  return fail(
    'unsupported-graph',
    `The model looks values up in the table "${name}" (${table.op}), which is filled from elsewhere and cannot become a constant.`,
    lookup
      ? `Open the model with the input "${lookup.name}", which takes numbers that were looked up before, or with other outputs.`
      : 'Open the model with outputs that do not need the table.',
    { ...placeOf(table), node: (lookup ?? table).name },
  )
}
