import type { LiteOperator, LiteSubgraph } from '../../graph/index.ts'

/** The names that a person may call an operator by: its layer, its node, what it writes. */
function namesOf(operator: LiteOperator, subgraph: LiteSubgraph): string[] {
  const { origin, outputs } = operator
  const written = outputs.map(tensor => subgraph.tensors[tensor]?.name ?? '')
  return [origin?.layer, origin?.node, ...written.flatMap(name => name.split(';'))].filter(
    name => name !== undefined && name !== '',
  ) as string[]
}

/** The layer that an operator is counted to: what the file says, else the scope of its name. */
export function layerOf(operator: LiteOperator, subgraph: LiteSubgraph): string {
  const { origin } = operator
  if (origin?.layer) return origin.layer
  const name = origin?.node ?? subgraph.tensors[operator.outputs[0] ?? -1]?.name ?? operator.op
  const first = name.split(';', 1)[0] as string
  const slash = first.lastIndexOf('/')
  return slash > 0 ? first.slice(0, slash) : first
}

/** Whether an operator is to stay float: it, its layer or a scope around it is named. */
export function isKept(operator: LiteOperator, subgraph: LiteSubgraph, keep: readonly string[]): boolean {
  if (keep.length === 0) return false
  const names = namesOf(operator, subgraph)
  return keep.some(wanted =>
    names.some(name => name === wanted || name.startsWith(`${wanted}/`) || name.split('/').includes(wanted)),
  )
}

/** The names in `keep` that no operator answers to. */
export const unknownNames = (subgraph: LiteSubgraph, keep: readonly string[]): string[] =>
  keep.filter(name => !subgraph.operators.some(operator => isKept(operator, subgraph, [name])))
