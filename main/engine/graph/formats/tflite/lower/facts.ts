import { evaluate } from '../../../evaluate/index.ts'
import {
  attrOf,
  byName,
  type DataType,
  type Graph,
  type GraphNode,
  type Origin,
  portName,
  portOf,
  type Shape,
  type Tensor,
} from '../../../graph.ts'
import { inferValues } from '../../../infer/index.ts'
import { inOrder } from '../../../order.ts'
import { UnknownShape } from './refusal.ts'

export interface Sizes {
  /** Examples at once; without it one, and the batch stays open where the model works for any. */
  batch?: number
  /** Whole shapes of inputs, by name or by the name that the signature has. */
  shapes?: Record<string, number[]>
}

/** A second size for what is open: what differs between 1 and this follows the batch. */
const OTHER = 7

/** Bytes that a small constant may grow to when it is stretched; beyond, the model stretches it as it runs. */
const ROOM = 2 ** 24

type Known = ReturnType<typeof inferValues>

/**
 * What is known of a graph before it runs, for one batch size: type and shape of every value, the value itself where
 * it is constant, and, from a look at a second batch size, which sizes and constants follow the batch.
 */
export class Facts {
  readonly order: GraphNode[]
  readonly constants = new Map<string, Tensor>()
  private readonly nodes: Map<string, GraphNode>
  private readonly known: Known
  private readonly other: Known | undefined
  private readonly following = new Set<string>()

  constructor(graph: Graph, sizes: Sizes) {
    this.nodes = byName(graph)
    this.order = [...inOrder(graph)]
    const shapes = inputShapes(graph, this.nodes, sizes)
    const open = sizes.batch === undefined && Object.values(shapes).some(shape => shape?.includes(-1))
    this.known = inferValues(graph, pinned(shapes, sizes.batch ?? 1))
    this.other = open ? inferValues(graph, pinned(shapes, OTHER)) : undefined
    for (const node of this.order) this.fold(node)
  }

  /** Whether the constant holds sizes that follow the batch. */
  follows(name: string): boolean {
    return this.following.has(name)
  }

  originOf(node: string): Origin {
    return this.nodes.get(node)?.origin ?? { node }
  }

  /** @throws UnknownShape where the shape is not known */
  result(name: string): { dtype: DataType; shape: number[]; signature?: number[] } {
    const found = this.known.get(name)
    const shape = this.constants.get(name)?.shape ?? found?.shape
    if (!found || !shape || shape.includes(-1)) throw new UnknownShape()
    if (!this.other) return { dtype: found.dtype, shape }
    const other = this.other.get(name)?.shape
    const signature = shape.map((size, axis) => (other?.[axis] === size ? size : -1))
    return { dtype: found.dtype, shape, signature: signature.includes(-1) ? signature : undefined }
  }

  private fold(node: GraphNode): void {
    if (node.op === 'Const') {
      const value = attrOf(node, 'value', 'tensor')
      if (value) this.constants.set(node.name, value)
      return
    }
    if (this.foldShapes(node)) return
    if (node.inputs.length === 0 || FLEETING.test(node.op)) return
    const inputs = node.inputs.map(port => this.constants.get(portName(port)))
    if (inputs.some(input => !input)) return
    const follows = node.inputs.some(port => this.following.has(portName(port)))
    const read = inputs.reduce((sum, input) => sum + (input as Tensor).data.byteLength, 0)
    evaluate(node, inputs as Tensor[], { bytes: Math.max(ROOM, 4 * read) })?.forEach((value, port) => {
      const name = portName({ node: node.name, port })
      this.constants.set(name, value)
      if (follows) this.following.add(name)
    })
  }

  /** Whole numbers that inference has followed: sizes and what is computed from them. */
  private foldShapes(node: GraphNode): boolean {
    const { dtype, shape, elements } = this.known.get(node.name) ?? { dtype: 'float32' as const }
    if (!elements || !shape || shape.includes(-1) || elements.includes(undefined)) return false
    const array = WHOLE[dtype]
    if (!array) return false
    this.constants.set(node.name, { dtype, shape, data: array(elements as number[]) })
    const other = this.other?.get(node.name)
    if (this.other && !(other?.elements && elements.every((size, i) => other.elements?.[i] === size)))
      this.following.add(node.name)
    return true
  }
}

const FLEETING = /^(Placeholder|Random|Stateless|Multinomial|Truncated|Parameterized|.*Variable|While|If$)/

const WHOLE: Partial<Record<DataType, (values: number[]) => Tensor['data']>> = {
  int32: values => Int32Array.from(values),
  int64: values => BigInt64Array.from(values, BigInt),
  bool: values => Uint8Array.from(values),
}

const pinned = (shapes: Record<string, Shape>, size: number): Record<string, Shape> =>
  Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, shape?.map(own => (own < 0 ? size : own))]),
  )

/** Shapes of the inputs with nothing open: the batch, and other sizes that are, of the size at hand or 1. */
export const fixedShapes = (graph: Graph, sizes: Sizes): Record<string, Shape> =>
  pinned(inputShapes(graph, byName(graph), sizes), sizes.batch ?? 1)

function inputShapes(graph: Graph, nodes: Map<string, GraphNode>, sizes: Sizes): Record<string, Shape> {
  return Object.fromEntries(
    graph.inputs.map(end => {
      const node = nodes.get(portOf(end.name).node)
      const own = node?.op === 'Placeholder' ? attrOf(node, 'shape', 'shape') : undefined
      const given = sizes.shapes?.[end.name] ?? sizes.shapes?.[end.key ?? '']
      return [end.name, given ?? end.shape ?? own]
    }),
  )
}
