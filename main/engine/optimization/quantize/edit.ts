import type { LiteModel, LiteOperator, LiteSubgraph, LiteTensor } from '../../graph/index.ts'

/** A subgraph that is being written anew: tensors are added, operators put down in order, none is changed in place. */
export class SubgraphEdit {
  readonly before: LiteSubgraph
  readonly tensors: LiteTensor[]
  readonly operators: LiteOperator[] = []

  constructor(before: LiteSubgraph) {
    this.before = before
    this.tensors = [...before.tensors]
  }

  add(tensor: LiteTensor): number {
    this.tensors.push(tensor)
    return this.tensors.length - 1
  }

  put(operator: LiteOperator): void {
    this.operators.push(operator)
  }

  /** The subgraph with only the tensors that something reads or writes, in their order. */
  done(
    inputs = this.before.inputs,
    outputs = this.before.outputs,
  ): { subgraph: LiteSubgraph; place: number[] } {
    const used = new Set([...inputs, ...outputs])
    for (const { inputs: read, outputs: written, intermediates = [] } of this.operators)
      for (const tensor of [...read, ...written, ...intermediates]) if (tensor >= 0) used.add(tensor)
    const place = this.tensors.map(() => -1)
    const tensors = this.tensors.filter((_, i) => used.has(i))
    let next = 0
    for (let i = 0; i < place.length; i++) if (used.has(i)) place[i] = next++
    const at = (tensor: number): number => (tensor < 0 ? -1 : (place[tensor] as number))
    const operators = this.operators.map(operator => ({
      ...operator,
      inputs: operator.inputs.map(at),
      outputs: operator.outputs.map(at),
      ...(operator.intermediates ? { intermediates: operator.intermediates.map(at) } : {}),
    }))
    return {
      subgraph: { ...this.before, tensors, operators, inputs: inputs.map(at), outputs: outputs.map(at) },
      place,
    }
  }
}

/** The model with its first subgraph written anew; signatures follow their tensors. */
export function withSubgraph(
  model: LiteModel,
  { subgraph, place }: { subgraph: LiteSubgraph; place: number[] },
  moved: ReadonlyMap<number, number> = new Map(),
): LiteModel {
  const at = (tensor: number) => place[moved.get(tensor) ?? tensor] as number
  return {
    ...model,
    subgraphs: [subgraph, ...model.subgraphs.slice(1)],
    signatures: model.signatures.map(signature =>
      signature.subgraph === 0
        ? {
            ...signature,
            inputs: signature.inputs.map(each => ({ ...each, tensor: at(each.tensor) })),
            outputs: signature.outputs.map(each => ({ ...each, tensor: at(each.tensor) })),
          }
        : signature,
    ),
  }
}

/** A float constant's values; undefined for anything else. The bytes may lie off the boundary of a float. */
export function floatsOf(tensor: LiteTensor | undefined): Float32Array | undefined {
  if (!tensor?.data || tensor.type !== 'float32') return undefined
  const { data } = tensor
  return data.byteOffset % 4 === 0
    ? new Float32Array(data.buffer, data.byteOffset, data.byteLength >> 2)
    : new Float32Array(new Uint8Array(data).buffer)
}

export const bytesOf = (values: ArrayBufferView): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
