import { type FailureError, fail } from '../../../kit/index.ts'
import { type Attr, attr, constant, type GraphNode, sizeOf, type Tensor } from '../../graph.ts'
import type { Layer } from './topology.ts'

/** The output of a node with what is known of its shape; the batch axis is -1. */
export interface Place {
  node: string
  shape: number[]
}

const FLOAT = { T: attr.type('float32') }

/** Collects the nodes of a lowered model; knows the layer that is being lowered, to name nodes and to blame. */
export class GraphBuilder {
  readonly nodes: GraphNode[] = []
  readonly variables = new Map<string, Tensor>()
  readonly #weights: Map<string, Tensor>
  #layer: Layer | undefined

  constructor(weights: Map<string, Tensor>) {
    this.#weights = weights
  }

  enter(layer: Layer): void {
    this.#layer = layer
  }

  get layer(): Layer {
    if (!this.#layer) throw new Error('No layer was entered')
    return this.#layer
  }

  /** An option of the layer, or what Keras takes when it is absent. */
  option<T>(name: string, otherwise: T): T {
    const value = this.layer.config[name]
    return value === undefined || value === null ? otherwise : (value as T)
  }

  unsupported(what: string): FailureError {
    const { name } = this.layer
    return fail(
      'unsupported-graph',
      `The layer "${name}" ${what}, which cannot be turned into a graph yet.`,
      'Train with another layer, or keep the model as it is.',
      { layer: name },
    )
  }

  /** Adds `layer/suffix`, reading the given nodes. All values are float32 unless the attributes say otherwise. */
  add(
    op: string,
    suffix: string,
    inputs: (Place | string)[],
    shape: number[],
    attrs: Record<string, Attr> = {},
  ): Place {
    const name = `${this.layer.name}/${suffix}`
    this.nodes.push({
      name,
      op,
      inputs: inputs.map(input => ({ node: typeof input === 'string' ? input : input.node, port: 0 })),
      controls: [],
      device: '',
      attrs: { ...FLOAT, ...attrs },
    })
    return { node: name, shape }
  }

  placeholder({ name, config }: Layer): Place {
    const given = config.batch_input_shape ?? config.batch_shape
    if (!Array.isArray(given)) throw this.unsupported('does not say the shape of its input')
    const dtype = config.dtype ?? 'float32'
    if (dtype !== 'float32') throw this.unsupported(`takes ${String(dtype)} values`)
    const shape = given.map((size: unknown, axis) => (axis === 0 || typeof size !== 'number' ? -1 : size))
    this.nodes.push({
      name,
      op: 'Placeholder',
      inputs: [],
      controls: [],
      device: '',
      attrs: { dtype: FLOAT.T, shape: attr.shape(shape) },
    })
    return { node: name, shape }
  }

  /** Whole numbers that an operation reads, like a shape or axes. */
  ints(suffix: string, values: number[]): string {
    const name = `${this.layer.name}/${suffix}`
    this.nodes.push(constant(name, { dtype: 'int32', shape: [values.length], data: Int32Array.from(values) }))
    return name
  }

  /** A single number that an operation reads. */
  number(suffix: string, value: number): string {
    const name = `${this.layer.name}/${suffix}`
    this.nodes.push(constant(name, { dtype: 'float32', shape: [], data: Float32Array.of(value) }))
    return name
  }

  /** The layer's weight of this name, as a variable `layer/weight` that is read by the node `layer/reader`. */
  weight(weight: string, reader: string, shape: number[]): string {
    const { name } = this.layer
    const value = this.#find(weight)
    if (
      !value ||
      value.shape.length !== shape.length ||
      value.shape.some((size, axis) => size !== shape[axis])
    )
      throw fail(
        'unreadable-file',
        `The layer "${name}" needs a weight "${weight}" of shape [${shape.join(', ')}], ` +
          `${value ? `but it is [${value.shape.join(', ')}]` : 'which is not there'}.`,
        'The model and its weights do not belong together; save the model again.',
        { layer: name },
      )
    const handle = `${name}/${weight}`
    this.variables.set(handle, value)
    this.nodes.push({
      name: handle,
      op: 'VarHandleOp',
      inputs: [],
      controls: [],
      device: '',
      attrs: {
        dtype: FLOAT.T,
        shape: attr.shape(shape),
        shared_name: attr.string(handle),
        container: attr.string(''),
      },
    })
    const read = `${name}/${reader}`
    this.nodes.push({
      name: read,
      op: 'ReadVariableOp',
      inputs: [{ node: handle, port: 0 }],
      controls: [],
      device: '',
      attrs: { dtype: FLOAT.T },
    })
    return read
  }

  /** A weight, or a constant vector where the layer was built without it (batch normalization's scale and center). */
  weightOr(weight: string, reader: string, size: number, value: number): string {
    if (this.#find(weight)) return this.weight(weight, reader, [size])
    const name = `${this.layer.name}/${reader}`
    this.nodes.push(
      constant(name, { dtype: 'float32', shape: [size], data: new Float32Array(size).fill(value) }),
    )
    return name
  }

  /** TensorFlow.js writes `layer/weight`, Keras may put the model in front and `:0` behind. */
  #find(weight: string): Tensor | undefined {
    const wanted = `${this.layer.name}/${weight}`
    const exact = this.#weights.get(wanted) ?? this.#weights.get(`${wanted}:0`)
    if (exact) return exact
    const matches = [...this.#weights].filter(([name]) => name.replace(/:0$/, '').endsWith(`/${wanted}`))
    return matches.length === 1 ? matches[0]?.[1] : undefined
  }
}

/** Elements of one row, or undefined where a size other than the batch is open. */
export function rowSize(shape: number[]): number | undefined {
  const row = shape.slice(1)
  return row.some(size => size < 0) ? undefined : sizeOf(row)
}
