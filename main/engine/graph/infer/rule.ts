import { dtypeOf } from '../dtype.ts'
import type { AttrValue } from '../gen/attr_value_pb.ts'
import { attrOf, type DataType, type GraphNode, type Shape } from '../graph.ts'

/** Elements of a small tensor in row-major order; undefined for those that are known only at run time. */
export type Elements = (number | undefined)[]

/** What is known of a value before anything runs. */
export interface Known {
  dtype: DataType
  shape: Shape
  /** Present where at least one element is known and there are at most {@link MAX_ELEMENTS}. */
  elements?: Elements
}

/** Says what comes out of a node. The outputs in their order; one alone need not be a list. */
export type Rule = (call: Call) => Known | Known[]

/** Longer tensors are no shapes, axes or paddings; their elements are not followed. */
export const MAX_ELEMENTS = 1024

/** No node has more outputs than this; a damaged file says so. */
export const MAX_OUTPUTS = 8192

const NOTHING: Known = { dtype: 'float32', shape: undefined }

/** A node together with what is known of its inputs, and short ways to read its attributes. */
export class Call {
  readonly node: GraphNode
  readonly inputs: Known[]

  constructor(node: GraphNode, inputs: Known[]) {
    this.node = node
    this.inputs = inputs
  }

  input(index: number): Known {
    return this.inputs[index] ?? NOTHING
  }

  /** The elements of an input if all of them are known. */
  whole(index: number): number[] | undefined {
    const { elements } = this.input(index)
    return elements?.every(element => element !== undefined) ? (elements as number[]) : undefined
  }

  /** The only element of an input. */
  scalar(index: number): number | undefined {
    const { elements } = this.input(index)
    return elements?.length === 1 ? elements[0] : undefined
  }

  type(name: string, otherwise: DataType): DataType {
    return attrOf(this.node, name, 'type') ?? otherwise
  }

  int(name: string, otherwise: number): number {
    return attrOf(this.node, name, 'int') ?? otherwise
  }

  bool(name: string, otherwise: boolean): boolean {
    return attrOf(this.node, name, 'bool') ?? otherwise
  }

  string(name: string, otherwise: string): string {
    return attrOf(this.node, name, 'string') ?? otherwise
  }

  /** An empty list cannot be told from an absent one: both are undefined. */
  ints(name: string): number[] | undefined {
    return attrOf(this.node, name, 'ints')
  }

  shape(name: string): Shape {
    return attrOf(this.node, name, 'shape')
  }

  /** A list of types; undefined where the attribute is absent. */
  types(name: string): DataType[] | undefined {
    return this.#list(name)?.type.map(code => dtypeOf(code) ?? 'float32')
  }

  /** A list of shapes; undefined where the attribute is absent. */
  shapes(name: string): Shape[] | undefined {
    return this.#list(name)?.shape.map(proto =>
      proto.unknownRank ? undefined : proto.dim.map(dim => (dim.size < 0n ? -1 : Number(dim.size))),
    )
  }

  #list(name: string) {
    const found = this.node.attrs[name]
    const value: AttrValue['value'] | undefined = found?.kind === 'opaque' ? found.value.value : undefined
    return value?.case === 'list' ? value.value : undefined
  }
}

/** The first input handed on, with its elements. */
export const same: Rule = call => call.input(0)

/** Of the shape and type of the first input. */
export const alike: Rule = call => ({ dtype: call.input(0).dtype, shape: call.input(0).shape })

/** As many outputs as there are types, of which no shape is known. */
export const open = (types: DataType[]): Known[] => types.map(dtype => ({ dtype, shape: undefined }))
