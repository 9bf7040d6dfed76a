import type { LiteModel, LiteTensor } from '../model.ts'

/** Tensors of which there is one that holds these bytes, and one operator that reads it. */
export function ownedIn({ subgraphs }: LiteModel): Set<LiteTensor> {
  const holders = new Map<number, LiteTensor[]>()
  const reads = new Map<LiteTensor, number>()
  for (const { tensors, operators, outputs } of subgraphs) {
    for (const tensor of tensors) {
      if (!tensor.data) continue
      const list = holders.get(tensor.data.byteOffset) ?? []
      list.push(tensor)
      holders.set(tensor.data.byteOffset, list)
    }
    for (const index of [...operators.flatMap(operator => operator.inputs), ...outputs]) {
      const tensor = tensors[index]
      if (tensor) reads.set(tensor, (reads.get(tensor) ?? 0) + 1)
    }
  }
  return new Set(
    [...holders.values()]
      .filter(list => list.length === 1)
      .flat()
      .filter(tensor => reads.get(tensor) === 1),
  )
}
