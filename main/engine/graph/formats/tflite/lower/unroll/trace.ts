import { evaluate } from '../../../../evaluate/index.ts'
import {
  attr,
  attrOf,
  constant,
  type DataType,
  type GraphNode,
  type Port,
  portName,
  sizeOf,
  type Tensor,
} from '../../../../graph.ts'
import { inferValues } from '../../../../infer/index.ts'
import { DEAD, isList, isPort, Stuck, type Traced } from './traced.ts'

/** Values of a scope (the graph, or one round of a loop) by node: its outputs in order, or the new node's name. */
export type Scope = Map<string, Traced[] | string>

/** More than any model becomes; a loop of billions of rounds does not end otherwise. */
const MOST_NODES = 1_000_000

type Known = ReturnType<typeof inferValues>

/**
 * A new graph that is written while an old one is followed node by node: what is constant is computed on the way, so
 * that conditions of loops and places in lists are known.
 */
export class Trace {
  readonly nodes: GraphNode[] = []
  readonly constants = new Map<string, Tensor>()
  private readonly names = new Set<string>()
  private readonly shapes = new Map<string, number[]>()

  /** What a value of a scope is. */
  read(scope: Scope, { node, port }: Port): Traced {
    const found = scope.get(node)
    if (found === undefined) throw new Stuck(`"${node}" is not in reach`)
    if (typeof found === 'string') return { node: found, port }
    const value = found[port]
    if (value === undefined) throw new Stuck(`"${node}" has no output ${port}`)
    return value
  }

  /** Copies a node under a new name, reading what its inputs are now. */
  copy(node: GraphNode, inputs: Traced[], prefix: string, known?: Known): string | Traced[] {
    if (inputs.includes(DEAD)) return Array.from({ length: 64 }, () => DEAD)
    if (!inputs.every(isPort)) throw new Stuck(`"${node.name}" (${node.op}) takes a list`)
    const ports = inputs as Port[]
    const name = this.add({ ...node, name: prefix + node.name, inputs: ports, controls: [] })
    this.learn(node, name, ports, known)
    return name
  }

  add(node: GraphNode): string {
    if (this.nodes.length > MOST_NODES) throw new Stuck('it has too many rounds')
    let { name } = node
    while (this.names.has(name)) name += '_'
    this.names.add(name)
    this.nodes.push(name === node.name ? node : { ...node, name })
    return name
  }

  constantOf(value: Traced | undefined): Tensor | undefined {
    return isPort(value) ? this.constants.get(portName(value)) : undefined
  }

  /** The whole numbers of a constant. */
  ints(value: Traced | undefined): number[] | undefined {
    const found = this.constantOf(value)
    return found && Array.from(found.data as ArrayLike<number | bigint>, Number)
  }

  shapeOf(value: Traced): number[] | undefined {
    if (!isPort(value)) return undefined
    return this.constants.get(portName(value))?.shape ?? this.shapes.get(portName(value))
  }

  /** A constant in the new graph. */
  make(like: GraphNode, name: string, value: Tensor): Port {
    const made = this.add({ ...constant(name, value), origin: like.origin })
    this.constants.set(made, value)
    return { node: made, port: 0 }
  }

  zeros(like: GraphNode, name: string, dtype: DataType, shape: number[]): Port {
    const count = sizeOf(shape)
    if (dtype !== 'float32' && dtype !== 'int32')
      throw new Stuck('a list of another type has an element that was never set')
    const data = dtype === 'float32' ? new Float32Array(count) : new Int32Array(count)
    return this.make(like, name, { dtype, shape, data })
  }

  /** Notes the value and shape of a new node's outputs. */
  private learn(node: GraphNode, name: string, inputs: Port[], known?: Known): void {
    const value = node.op === 'Const' ? attrOf(node, 'value', 'tensor') : undefined
    if (value) this.constants.set(name, value)
    const own = known ?? this.infer(node, inputs)
    const first = own.get(node.name)
    if (first?.elements && first.shape && !first.shape.includes(-1) && !first.elements.includes(undefined)) {
      const data = wholes(first.dtype, first.elements as number[])
      if (data && !value) this.constants.set(name, { dtype: first.dtype, shape: first.shape, data })
    }
    const tensors = inputs.map(port => this.constants.get(portName(port)))
    if (inputs.length > 0 && !tensors.includes(undefined) && !this.constants.has(name))
      evaluate(node, tensors as Tensor[], { bytes: 2 ** 20 })?.forEach((made, port) => {
        this.constants.set(portName({ node: name, port }), made)
      })
    for (let port = 0; ; port++) {
      const found = own.get(portName({ node: node.name, port }))
      if (!found) break
      if (found.shape && !found.shape.includes(-1))
        this.shapes.set(portName({ node: name, port }), found.shape)
    }
  }

  /** What inference says of one node, from what is known of its inputs. */
  private infer(node: GraphNode, inputs: Port[]): Known {
    const sources = inputs.map((port, i): GraphNode => {
      const name = `input ${i}`
      const value = this.constants.get(portName(port))
      if (value && sizeOf(value.shape) <= 1024) return constant(name, value)
      const shape = this.shapeOf(port)
      return {
        name,
        op: 'Placeholder',
        inputs: [],
        controls: [],
        device: '',
        attrs: {
          dtype: attr.type(value?.dtype ?? attrOf(node, 'T', 'type') ?? 'float32'),
          shape: attr.shape(shape),
        },
      }
    })
    const own = { ...node, inputs: sources.map(({ name }) => ({ node: name, port: 0 })) }
    return inferValues({
      nodes: [...sources, own],
      inputs: [],
      outputs: [],
      variables: new Map(),
      versions: { producer: 0, minConsumer: 0 },
    })
  }
}

function wholes(dtype: DataType, elements: number[]): Tensor['data'] | undefined {
  if (dtype === 'int32') return Int32Array.from(elements)
  if (dtype === 'int64') return BigInt64Array.from(elements, BigInt)
  return dtype === 'bool' ? Uint8Array.from(elements) : undefined
}

export { isList }
