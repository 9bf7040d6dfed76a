import {
  type DataType,
  type GraphNode,
  type Origin,
  type Port,
  portName,
  sizeOf,
  type Tensor,
  type TensorData,
} from '../../../graph.ts'
import type { LiteOptions, LiteType } from '../model.ts'
import { Draft, type Operation, type Range, type Value } from './draft.ts'
import type { Facts } from './facts.ts'
import { Refusal } from './refusal.ts'
import { liteConstant, liteType } from './types.ts'

/** What one TensorFlow operation becomes: reads its inputs from the builder, and gives it what it makes. */
export type Lowering = (builder: Builder, node: GraphNode) => void

/** How many inputs operators have at least, where it is more than one and the graph may give fewer. */
const LEAST: Record<string, number> = {
  ...Object.fromEntries(
    `ADD SUB MUL DIV MAXIMUM MINIMUM SQUARED_DIFFERENCE POW FLOOR_DIV FLOOR_MOD ATAN2 LESS LESS_EQUAL GREATER
     GREATER_EQUAL EQUAL NOT_EQUAL LOGICAL_AND LOGICAL_OR BITWISE_XOR RIGHT_SHIFT GATHER_ND REVERSE_SEQUENCE`
      .split(/\s+/)
      .map(op => [op, 2]),
  ),
  SELECT: 3,
  SELECT_V2: 3,
}

/** A damaged graph has nodes with too few inputs. */
function complete(op: string, inputs: (Value | undefined)[]): void {
  const least = LEAST[op] ?? 1
  if (inputs.length < least || inputs.slice(0, least).includes(undefined))
    throw new Refusal('some of its inputs are missing')
}

/** The way from a graph to a draft: finds values by TensorFlow's names, adds operators that remember their node. */
export class Builder {
  readonly draft = new Draft()
  /** Whether fake quantization becomes ranges, and not a QUANTIZE with a DEQUANTIZE behind it. */
  readonly rangesOnly: boolean
  /** Where the batch size went into a constant; the model then only works for the size it was made for. */
  fixedBy: string | undefined
  private readonly facts: Facts
  private readonly values = new Map<string, Value>()
  private origin: Origin | undefined

  constructor(facts: Facts, rangesOnly: boolean) {
    this.facts = facts
    this.rangesOnly = rangesOnly
  }

  /** Sets the node that all that follows comes from. */
  at(node: GraphNode): void {
    this.origin = node.origin ?? { node: node.name }
  }

  /** Whether the node's result is known without running the model. */
  isKnown(port: Port): boolean {
    return this.facts.constants.has(portName(port))
  }

  /** Whether a value of its type and shape can be in a model. */
  canHold(port: Port): boolean {
    const name = portName(port)
    try {
      return liteType(this.facts.result(name).dtype, name) !== undefined
    } catch (thrown) {
      if (thrown instanceof Refusal) return false
      throw thrown
    }
  }

  /** What flows into an input of a node. */
  input(node: GraphNode, index: number): Value {
    const port = node.inputs[index]
    if (!port) throw new Refusal(`it has no input ${index}`)
    return this.valueOf(port)
  }

  inputs(node: GraphNode): Value[] {
    return node.inputs.map((_, index) => this.input(node, index))
  }

  valueOf(port: Port): Value {
    const name = portName(port)
    const made = this.values.get(name)
    if (made) return made
    const known = this.facts.constants.get(name)
    if (!known) return this.result({ name: port.node } as GraphNode, port.port)
    if (this.facts.follows(name)) this.fixedBy ??= name
    const value = this.draft.value({
      name,
      ...liteConstant(known, name),
      origin: this.facts.originOf(port.node),
    })
    this.values.set(name, value)
    return value
  }

  /** Elements of an input that must be known. */
  constant(node: GraphNode, index: number): Tensor {
    const port = node.inputs[index]
    const name = port ? portName(port) : ''
    const known = this.facts.constants.get(name)
    if (!known)
      throw new Refusal(`its input ${index} must be a constant`, 'Fold constants first, or make it fixed.')
    if (this.facts.follows(name)) this.fixedBy ??= name
    return known
  }

  /** Whole numbers of an input that must be known. */
  ints(node: GraphNode, index: number): number[] {
    return Array.from(this.constant(node, index).data as ArrayLike<number | bigint>, Number)
  }

  /** As {@link ints}, of an input that says sizes which the caller takes from the result's shape. */
  sizes(node: GraphNode, index: number): number[] | undefined {
    const port = node.inputs[index]
    const known = port && this.facts.constants.get(portName(port))
    return known && Array.from(known.data as ArrayLike<number | bigint>, Number)
  }

  /** Notes that the model only works for the batch size at hand. */
  fix(why: string): void {
    this.fixedBy ??= why
  }

  /** The value that an output of the node stands for, with the type and shape that were inferred. */
  result(node: GraphNode, port = 0): Value {
    const name = portName({ node: node.name, port })
    const made = this.values.get(name)
    if (made) return made
    const { dtype, shape, signature } = this.facts.result(name)
    const value = this.draft.value({
      name,
      type: liteType(dtype, name),
      shape,
      signature,
      origin: this.origin,
    })
    this.values.set(name, value)
    return value
  }

  dtype(port: Port): DataType {
    return this.facts.result(portName(port)).dtype
  }

  /** Adds an operator that makes the node's result. */
  emit(
    node: GraphNode,
    op: string,
    inputs: (Value | undefined)[],
    options: LiteOptions = {},
    outputs: Value[] = [this.result(node)],
  ): Operation {
    complete(op, inputs)
    return this.draft.add({ op, inputs, outputs, options, origin: this.origin })
  }

  /** Adds an operator that makes something in between; like the first input where nothing else is said. */
  step(
    node: GraphNode,
    op: string,
    inputs: (Value | undefined)[],
    options: LiteOptions = {},
    like: { type?: LiteType; shape?: number[]; signature?: number[] } = {},
  ): Value {
    complete(op, inputs)
    const [first] = inputs as [Value]
    const shape = like.shape ?? first.shape
    const value = this.draft.value({
      name: this.fresh(`${node.name}/${op.toLowerCase()}`),
      type: like.type ?? first.type,
      shape,
      signature: like.shape ? like.signature : first.signature,
      origin: this.origin,
    })
    this.draft.add({ op, inputs, outputs: [value], options, origin: this.origin })
    return value
  }

  /** The node hands on a value that is there already. */
  alias(node: GraphNode, value: Value, port = 0): void {
    const name = portName({ node: node.name, port })
    this.values.set(name, value)
  }

  /** A constant made here. */
  make(node: GraphNode, word: string, type: LiteType, shape: number[], data: TensorData): Value {
    return this.draft.value({
      name: this.fresh(`${node.name}/${word}`),
      type,
      shape,
      data,
      origin: this.origin,
    })
  }

  int32(node: GraphNode, word: string, values: number[], shape = [values.length]): Value {
    return this.make(node, word, 'int32', shape, Int32Array.from(values))
  }

  /** One number in the type of the value that it is computed with. */
  scalar(node: GraphNode, word: string, number: number, type: LiteType = 'float32'): Value {
    const data =
      type === 'int64'
        ? BigInt64Array.of(BigInt(number))
        : type === 'int32'
          ? Int32Array.of(number)
          : Float32Array.of(number)
    return this.make(node, word, type, [], data)
  }

  /** A RESHAPE to the shape, open where the batch is. */
  reshaped(node: GraphNode, from: Value, shape: number[], signature?: number[]): Value {
    const to = this.target(node, shape, signature)
    return this.step(node, 'RESHAPE', [from, to.input], { new_shape: to.sizes }, { shape, signature })
  }

  /** The shape that a RESHAPE is given: one open size may stand as -1. */
  target(node: GraphNode, shape: number[], signature = shape): { input: Value; sizes: number[] } {
    const open = signature.filter(size => size < 0).length
    if (open > 1) this.fix(node.name)
    const sizes = open === 1 && sizeOf(shape) > 0 ? signature : shape
    return { input: this.int32(node, 'shape', sizes), sizes: [...sizes] }
  }

  range(value: Value, range: Range): void {
    value.range = range
  }

  private readonly taken = new Map<string, number>()
  private fresh(name: string): string {
    const count = this.taken.get(name) ?? 0
    this.taken.set(name, count + 1)
    return count === 0 ? name : `${name}_${count}`
  }
}
