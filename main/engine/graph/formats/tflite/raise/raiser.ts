import { widened } from '../../../evaluate/half.ts'
import {
  attr,
  type Endpoint,
  type Graph,
  type GraphNode,
  type Port,
  portName,
  type Tensor,
} from '../../../graph.ts'
import type { LiteOperator, LiteSignature, LiteSubgraph, LiteTensor } from '../model.ts'
import { damaged } from '../readTable.ts'
import { Call, openShape, type Value } from './call.ts'
import { Names } from './names.ts'
import { OPERATORS } from './operators.ts'
import { kept } from './other.ts'
import { dtypeOf, heldBy, isQuantized } from './values.ts'

/** A graph in TensorFlow's operations, and what could not be taken over as it was. */
export interface Raised {
  graph: Graph
  notes: string[]
}

/** One graph of a model on its way into TensorFlow's operations: the values of its tensors, and the nodes so far. */
export class Raiser {
  readonly #subgraph: LiteSubgraph
  readonly #signature: LiteSignature
  readonly #owned: Set<LiteTensor>
  readonly #names = new Names()
  readonly #values = new Map<number, Value>()
  readonly #nodes: GraphNode[] = []
  readonly #kept = new Set<string>()
  #quantizedConstants = 0

  constructor(subgraph: LiteSubgraph, signature: LiteSignature, owned: Set<LiteTensor>) {
    this.#subgraph = subgraph
    this.#signature = signature
    this.#owned = owned
  }

  run(): Raised {
    const { operators, tensors, inputs, outputs } = this.#subgraph
    for (const index of inputs) if (!this.#values.has(index)) this.#placeholder(index)
    for (const operator of operators) this.#operator(operator)
    const ends = (kind: 'inputs' | 'outputs', list: number[]): Endpoint[] =>
      list.map(index => this.#endpoint(index, this.#signature[kind]))
    const graph: Graph = {
      nodes: this.#nodes,
      inputs: ends('inputs', inputs),
      outputs: ends('outputs', outputs),
      variables: new Map(),
      versions: { producer: 1882, minConsumer: 0 },
    }
    return { graph, notes: this.#notes(tensors) }
  }

  #notes(tensors: LiteTensor[]): string[] {
    const notes: string[] = []
    if (this.#quantizedConstants > 0)
      notes.push(
        `${this.#quantizedConstants} quantized constants were read as the floats that they stand for.`,
      )
    if (tensors.some(tensor => isQuantized(tensor) && !tensor.data))
      notes.push('Values between operators are floats here; the file rounds them to whole numbers.')
    if (this.#kept.size > 0)
      notes.push(
        `TensorFlow has no counterpart of ${[...this.#kept].join(', ')}; they stay under these names.`,
      )
    return notes
  }

  #endpoint(index: number, named: LiteSignature['inputs']): Endpoint {
    const { port, tensor, dtype } = this.#value(index)
    const key = named.find(end => end.tensor === index)?.name
    return {
      name: portName(port),
      dtype,
      shape:
        tensor.hasRank === false && tensor.shape.length === 0 && tensor.signature
          ? undefined
          : openShape(tensor),
      ...(key !== undefined && { key }),
    }
  }

  #tensor(index: number): LiteTensor {
    return this.#subgraph.tensors[index] as LiteTensor
  }

  #placeholder(index: number): void {
    const tensor = this.#tensor(index)
    if (tensor.data) return
    const dtype = dtypeOf(tensor)
    const attrs = { dtype: attr.type(dtype), shape: attr.shape(openShape(tensor)) }
    this.#values.set(index, { port: this.#source(tensor, 'Placeholder', attrs), tensor, dtype })
  }

  /** The tensor's value: what was computed before, a constant, or a variable's state. */
  #value(index: number): Value {
    const known = this.#values.get(index)
    if (known) return known
    const tensor = this.#tensor(index)
    if (!tensor.data && !tensor.isVariable)
      throw damaged(`"${tensor.name}" is read before anything computes it`)
    if (isQuantized(tensor)) this.#quantizedConstants++
    const value = tensor.data
      ? this.#constant(tensor, () => heldBy(tensor), this.#owned.has(tensor))
      : this.#variable(tensor)
    this.#values.set(index, value)
    return value
  }

  #constant(tensor: LiteTensor, constant: () => Tensor, own: boolean): Value {
    let port: Port | undefined
    const add = (): Port => {
      const value = constant()
      return this.#source(tensor, 'Const', { dtype: attr.type(value.dtype), value: attr.tensor(value) })
    }
    return {
      tensor,
      dtype: dtypeOf(tensor),
      constant,
      own,
      get port() {
        port ??= add()
        return port
      },
    }
  }

  #variable(tensor: LiteTensor): Value {
    const dtype = dtypeOf(tensor)
    const attrs = { dtype: attr.type(dtype), shape: attr.shape(tensor.shape) }
    return { tensor, dtype, port: this.#source(tensor, 'VariableV2', attrs) }
  }

  /** Adds a node without inputs, named by the tensor. */
  #source(tensor: LiteTensor, op: string, attrs: GraphNode['attrs']): Port {
    const name = this.#names.of(tensor.name)
    this.#push({ name, op, inputs: [], controls: [], device: '', attrs }, tensor.name)
    return { node: name, port: 0 }
  }

  #push(node: GraphNode, origin: string): void {
    this.#nodes.push({ ...node, origin: { node: origin } })
  }

  #operator(operator: LiteOperator): void {
    const made = operator.outputs.filter(index => index >= 0)
    const [first] = made
    if (first === undefined) return
    // Weights of 16 bits, or quantized ones, that are only unpacked are constants.
    const [packed = -1] = operator.inputs
    if (operator.op === 'DEQUANTIZE' && this.#subgraph.tensors[packed]?.data) {
      this.#unpacked(packed, first)
      return
    }
    const tensor = this.#tensor(first)
    const name = this.#names.of(tensor.name)
    const call = new Call(
      operator,
      name,
      operator.inputs.map(index => (index < 0 ? undefined : this.#value(index))),
      made.map(index => ({ tensor: this.#tensor(index), dtype: dtypeOf(this.#tensor(index)) })),
    )
    const known = OPERATORS[operator.op]
    if (!known) this.#kept.add(operator.customCode ?? operator.op)
    const results = [known ? known(call) : kept(call)].flat()
    if (results.length < made.length) throw call.unsupported(`has ${made.length} results`)
    this.#take(call, results, made, tensor.name)
  }

  #unpacked(from: number, to: number): void {
    const [packed, tensor] = [this.#tensor(from), this.#tensor(to)]
    if (isQuantized(packed)) this.#quantizedConstants++
    const constant = (): Tensor => {
      const value = heldBy(packed)
      return value.dtype === 'float16' && tensor.type === 'float32'
        ? { dtype: 'float32', shape: value.shape, data: widened(value.data as Uint16Array, 'float16') }
        : value
    }
    this.#values.set(to, this.#constant(tensor, constant, false))
  }

  /** Gives the node of the first result the operator's name; what only hands on a value becomes a node of its own. */
  #take(call: Call, results: Port[], made: number[], origin: string): void {
    const [first] = results as [Port]
    const last = call.nodes.find(node => node.name === first.node)
    if (!last) {
      const T = attr.type(call.outputs[0]?.dtype ?? 'float32')
      this.#push(
        { name: call.name, op: 'Identity', inputs: [first], controls: [], device: '', attrs: { T } },
        origin,
      )
    } else {
      const rename = (port: Port): Port => (port.node === last.name ? { ...port, node: call.name } : port)
      for (const node of call.nodes)
        this.#push(
          { ...node, name: node === last ? call.name : node.name, inputs: node.inputs.map(rename) },
          origin,
        )
    }
    made.forEach((index, i) => {
      const result = results[i] as Port
      const port =
        i === 0 || result.node === first.node ? { node: call.name, port: last ? result.port : 0 } : result
      if (this.#values.has(index)) throw damaged(`"${this.#tensor(index).name}" is computed twice`)
      this.#values.set(index, {
        port,
        tensor: this.#tensor(index),
        dtype: call.outputs[i]?.dtype ?? 'float32',
      })
    })
  }
}
