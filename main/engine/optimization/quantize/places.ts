import type {
  LiteModel,
  LiteOperator,
  LiteQuantization,
  LiteSubgraph,
  LiteTensor,
} from '../../graph/index.ts'
import { bytesOf, floatsOf, SubgraphEdit, withSubgraph } from './edit.ts'
import { quantized } from './range.ts'

export interface ActivationOptions {
  /** Bits of activations; weights have 8 in both. */
  bits: 8 | 16
  /** Type of the model's inputs and outputs: float, with conversions at the ends, or the activations' own. */
  io: 'float32' | 'int8'
  perTensorDense: boolean
  /** Layers or nodes that stay float. */
  keepFloat: readonly string[]
}

/** Where each tensor is to be had in floats and in whole numbers, as the operators are written one after another. */
export class Places {
  readonly before: LiteSubgraph
  private readonly edit: SubgraphEdit
  private readonly params: ReadonlyMap<number, LiteQuantization>
  private readonly bits: 8 | 16
  private readonly isWholeIo: boolean
  private readonly ends: ReadonlySet<number>
  private readonly wholes = new Map<number, number>()
  private readonly constants = new Map<string, number>()
  private readonly inFloat = new Set<number>()
  private readonly inWhole = new Set<number>()
  private readonly inputs: number[]

  constructor(
    before: LiteSubgraph,
    params: ReadonlyMap<number, LiteQuantization>,
    { bits, io }: ActivationOptions,
  ) {
    this.before = before
    this.edit = new SubgraphEdit(before)
    this.params = params
    this.bits = bits
    this.isWholeIo = io === 'int8'
    this.ends = new Set([...before.inputs, ...before.outputs])
    before.tensors.forEach((tensor, i) => {
      if (tensor.data) this.inFloat.add(i)
    })
    // Inputs come in whole numbers at once where that is asked for and somebody computes with them so.
    this.inputs = before.inputs.map(input => {
      const isWhole = this.isWholeIo && params.has(input)
      ;(isWhole ? this.inWhole : this.inFloat).add(input)
      return isWhole ? this.wholeForm(input) : input
    })
  }

  stepOf(tensor: number): number {
    return this.params.get(tensor)?.scale[0] ?? 1
  }

  /** A constant in another form, made once for each key. */
  constant(key: string, tensor: LiteTensor, make: () => Partial<LiteTensor>): number {
    const there = this.constants.get(key)
    if (there !== undefined) return there
    const made = this.edit.add({ ...tensor, ...make() })
    this.constants.set(key, made)
    return made
  }

  /** The tensor in its own parameters, converted where it is only had in floats. */
  whole(tensor: number): number {
    const made = this.wholeForm(tensor)
    if (this.inWhole.has(tensor)) return made
    this.inWhole.add(tensor)
    this.edit.put({ op: 'QUANTIZE', version: 1, inputs: [tensor], outputs: [made], options: {} })
    return made
  }

  /** The tensor in other parameters than its own. */
  requantized(tensor: number, wanted: LiteQuantization): number {
    const from = this.tensor(tensor)
    const key = `${tensor} ${wanted.scale[0]} ${wanted.zeroPoint[0]}`
    if (from.data) return this.constant(key, from, () => this.wholeConstant(from, wanted))
    const there = this.constants.get(key)
    if (there !== undefined) return there
    const made = this.constant(key, from, () => ({
      name: `${from.name}_requantized`,
      type: this.type,
      quantization: wanted,
    }))
    this.edit.put({
      op: 'QUANTIZE',
      version: 1,
      inputs: [this.whole(tensor)],
      outputs: [made],
      options: {},
    })
    return made
  }

  /** Writes an operator that computes in whole numbers. */
  put(operator: LiteOperator, inputs: number[], results: readonly number[]): void {
    const outputs = operator.outputs.map(output => {
      if (!results.includes(output)) return output
      this.inWhole.add(output)
      return this.wholeForm(output)
    })
    this.edit.put({ ...operator, inputs, outputs })
  }

  /** Writes an operator as it was. */
  keepFloat(operator: LiteOperator): void {
    for (const input of operator.inputs) this.needFloat(input)
    for (const output of operator.outputs) this.inFloat.add(output)
    this.edit.put(operator)
  }

  done(model: LiteModel): LiteModel {
    const moved = new Map<number, number>()
    this.before.inputs.forEach((input, i) => {
      if (this.inputs[i] !== input) moved.set(input, this.inputs[i] as number)
    })
    const outputs = this.before.outputs.map(output => {
      if (this.isWholeIo && this.inWhole.has(output)) {
        moved.set(output, this.wholeForm(output))
        return this.wholeForm(output)
      }
      this.needFloat(output)
      return output
    })
    return withSubgraph(model, this.edit.done(this.inputs, outputs), moved)
  }

  private get type(): 'int8' | 'int16' {
    return this.bits === 8 ? 'int8' : 'int16'
  }

  private tensor(tensor: number): LiteTensor {
    return this.before.tensors[tensor] as LiteTensor
  }

  private wholeConstant(from: LiteTensor, quantization: LiteQuantization): Partial<LiteTensor> {
    const values = floatsOf(from) as Float32Array
    return { type: this.type, quantization, data: bytesOf(quantized(values, quantization, this.bits)) }
  }

  private wholeForm(tensor: number): number {
    const there = this.wholes.get(tensor)
    if (there !== undefined) return there
    const from = this.tensor(tensor)
    const quantization = this.params.get(tensor) as LiteQuantization
    // A name stands for one tensor: where callers see the float form, it is that which keeps the name.
    const isSeen = this.ends.has(tensor) && !this.isWholeIo
    const made = this.edit.add({
      ...from,
      name: isSeen ? `${from.name}_${this.type}` : from.name,
      ...(from.data ? this.wholeConstant(from, quantization) : { type: this.type, quantization }),
    })
    if (!isSeen) this.edit.tensors[tensor] = { ...from, name: `${from.name}_float32` }
    this.wholes.set(tensor, made)
    if (from.data) this.inWhole.add(tensor)
    return made
  }

  private needFloat(tensor: number): void {
    if (tensor < 0 || this.inFloat.has(tensor) || !this.inWhole.has(tensor)) return
    this.inFloat.add(tensor)
    this.edit.put({
      op: 'DEQUANTIZE',
      version: 1,
      inputs: [this.wholeForm(tensor)],
      outputs: [tensor],
      options: {},
    })
  }
}
