import { type FailureError, fail } from '../../../../kit/index.ts'
import {
  type Attr,
  attr,
  constant,
  type DataType,
  type GraphNode,
  type Port,
  type Tensor,
} from '../../../graph.ts'
import type { LiteOperator, LiteTensor } from '../model.ts'

/** What is known of a tensor. */
export interface Value {
  /** The port that gives it. A constant only becomes a node when somebody asks for its port. */
  readonly port: Port
  readonly tensor: LiteTensor
  readonly dtype: DataType
  /** Its value where that is constant, made anew at each call. */
  constant?: () => Tensor
  /** Whether the constant's elements are nobody else's, so that they may be put into another order where they lie. */
  own?: boolean
}

/** Turns an operator into nodes and gives the port of each of its outputs. */
export type Raise = (call: Call) => Port | Port[]

/** An operator on its way into TensorFlow's operations, and the nodes that it has become so far. */
export class Call {
  readonly operator: LiteOperator
  readonly nodes: GraphNode[] = []
  /** Name of the operator's first output, which the last of its nodes gets. */
  readonly name: string
  readonly outputs: { tensor: LiteTensor; dtype: DataType }[]
  readonly #inputs: (Value | undefined)[]

  constructor(operator: LiteOperator, name: string, inputs: (Value | undefined)[], outputs: Call['outputs']) {
    this.operator = operator
    this.name = name
    this.outputs = outputs
    this.#inputs = inputs
  }

  get count(): number {
    return this.#inputs.length
  }

  has(index: number): boolean {
    return this.#inputs[index] !== undefined
  }

  value(index: number): Value {
    const value = this.#inputs[index]
    if (!value) throw this.unsupported(`lacks its input ${index}`)
    return value
  }

  input(index: number): Port {
    return this.value(index).port
  }

  dtype(index: number): DataType {
    return this.value(index).dtype
  }

  /** Sizes by axis, -1 for open ones. */
  shape(index: number): number[] {
    return openShape(this.value(index).tensor)
  }

  /** Input `index` as whole numbers, or undefined where it is computed. */
  wholes(index: number): number[] | undefined {
    const value = this.has(index) ? this.value(index).constant?.() : undefined
    return value && Array.from(value.data as ArrayLike<number | bigint>, Number)
  }

  number(name: string, otherwise = 0): number {
    const value = this.operator.options[name]
    return typeof value === 'number' ? value : otherwise
  }

  flag(name: string): boolean {
    return this.operator.options[name] === true
  }

  text(name: string, otherwise: string): string {
    const value = this.operator.options[name]
    return typeof value === 'string' ? value : otherwise
  }

  list(name: string): number[] | undefined {
    const value = this.operator.options[name]
    return Array.isArray(value) ? value : undefined
  }

  unsupported(what: string): FailureError {
    const { op } = this.operator
    return fail(
      'unsupported-graph',
      `"${this.name}" (${op}) ${what}, which cannot be read as a TensorFlow graph.`,
      'Keep the file as it is, or convert the model again from what it was made of.',
      { node: this.name },
    )
  }

  /** Adds a node with these attributes alone. */
  add(op: string, inputs: Port[], attrs: Record<string, Attr> = {}, suffix = op): Port {
    const name = this.#free(suffix)
    this.nodes.push({ name, op, inputs, controls: [], device: '', attrs })
    return { node: name, port: 0 }
  }

  /** Adds a node whose type attribute `T` is the first output's. */
  typed(op: string, inputs: Port[], attrs: Record<string, Attr> = {}, suffix = op): Port {
    return this.add(op, inputs, { T: attr.type(this.outputs[0]?.dtype ?? 'float32'), ...attrs }, suffix)
  }

  /** Adds whole numbers that an operation reads, like a shape or axes. */
  ints(suffix: string, values: number[], shape = [values.length]): Port {
    return this.constant(suffix, { dtype: 'int32', shape, data: Int32Array.from(values) })
  }

  /** Adds a single number, of the first output's type. */
  scalar(suffix: string, value: number): Port {
    const dtype = this.outputs[0]?.dtype
    if (dtype === 'int32') return this.ints(suffix, [value], [])
    if (dtype !== 'float32') throw this.unsupported(`computes with values of type ${dtype}`)
    return this.constant(suffix, { dtype, shape: [], data: Float32Array.of(value) })
  }

  constant(suffix: string, value: Tensor): Port {
    const name = this.#free(suffix)
    this.nodes.push(constant(name, value))
    return { node: name, port: 0 }
  }

  /** The result after the activation that TensorFlow Lite computes along with the operator. */
  activated(result: Port): Port {
    switch (this.text('fused_activation_function', 'NONE')) {
      case 'NONE':
        return result
      case 'RELU':
        return this.typed('Relu', [result])
      case 'RELU6':
        return this.typed('Relu6', [result])
      case 'RELU_N1_TO_1':
        return this.clipped(result, -1, 1)
      case 'TANH':
        return this.typed('Tanh', [result])
      default:
        throw this.unsupported('ends in an activation that TensorFlow has not')
    }
  }

  clipped(result: Port, low: number, high: number): Port {
    return this.typed('Minimum', [
      this.typed('Maximum', [result, this.scalar('low', low)]),
      this.scalar('high', high),
    ])
  }

  #free(suffix: string): string {
    const taken = (name: string) => this.nodes.some(node => node.name === name)
    let name = `${this.name}/${suffix}`
    for (let i = 1; taken(name); i++) name = `${this.name}/${suffix}_${i}`
    return name
  }
}

/** Sizes by axis, -1 where one is open until run time. */
export const openShape = ({ shape, signature }: LiteTensor): number[] => signature ?? shape
