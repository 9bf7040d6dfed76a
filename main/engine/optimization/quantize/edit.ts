import {
  type LiteModel,
  type LiteOperator,
  type LiteSubgraph,
  type LiteTensor,
  lowestVersion,
} from '../../graph/index.ts'

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
      version: this.versionOf(operator),
      inputs: operator.inputs.map(at),
      outputs: operator.outputs.map(at),
      ...(operator.intermediates ? { intermediates: operator.intermediates.map(at) } : {}),
    }))
    return {
      subgraph: { ...this.before, tensors, operators, inputs: inputs.map(at), outputs: outputs.map(at) },
      place,
    }
  }

  /** What is computed as before keeps its version: it may be an operator that is newer than what is known here. */
  private versionOf(operator: LiteOperator): number {
    const typesIn = (tensors: readonly LiteTensor[]) =>
      [...operator.inputs, ...operator.outputs].map(tensor => tensors[tensor]?.type).join()
    const isSame = operator.op !== 'QUANTIZE' && operator.op !== 'DEQUANTIZE'
    return isSame && typesIn(this.tensors) === typesIn(this.before.tensors)
      ? operator.version
      : lowestVersion(operator, this.tensors)
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

/**
 * A float constant's values; undefined for anything else, and for one whose bytes do not fill its shape. The bytes may
 * lie off the boundary of a float.
 */
export function floatsOf(tensor: LiteTensor | undefined): Float32Array | undefined {
  if (!tensor?.data || tensor.type !== 'float32') return undefined
  const { data, shape } = tensor
  if (data.byteLength !== 4 * shape.reduce((size, each) => size * each, 1)) return undefined
  return data.byteOffset % 4 === 0
    ? new Float32Array(data.buffer, data.byteOffset, data.byteLength >> 2)
    : new Float32Array(new Uint8Array(data).buffer)
}

export const bytesOf = (values: ArrayBufferView): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
