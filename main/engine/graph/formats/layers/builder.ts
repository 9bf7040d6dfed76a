import { type FailureError, fail } from '../../../kit/index.ts'
import { type Attr, attr, constant, type DataType, type GraphNode, type Tensor } from '../../graph.ts'
import type { Call } from './calls.ts'
import { broadcast, type Place } from './place.ts'
import type { Fields, LayerDef } from './topology.ts'
import type { WeightStore } from './weightStore.ts'

/** Where in a model the work is. */
interface Scope {
  layer: Pick<LayerDef, 'name' | 'kind' | 'config'>
  /** What nodes are named after; a layer that is used again has a name of its own there. */
  name: string
  /** The layer with the models around it, as weights and people know it: `inner/dense`. */
  path: string
  /** Where its weights lie below the layer: `forward_layer/cell`, empty for its own. */
  part: string
  call: Call
}

/** An option is of the type of what is taken without it, and not that one value. */
type Widened<T> = T extends string ? string : T extends number ? number : T extends boolean ? boolean : T

/** Operations whose type is not told by an attribute `T`. */
const WITHOUT_T = new Set([
  'All',
  'Any',
  'Cast',
  'GatherV2',
  'LogicalAnd',
  'LogicalNot',
  'LogicalOr',
  'Range',
])

/** Collects the nodes of a lowered model; knows the layer that is being lowered, to name nodes and to blame. */
export class GraphBuilder {
  readonly nodes: GraphNode[] = []
  readonly variables = new Map<string, Tensor>()
  /** Whether the model was made by Keras 2 or TensorFlow.js, which compute a few things in another way. */
  readonly old: boolean
  readonly notes = new Set<string>()
  /** Lowers a layer that another one wraps, or that stands where an activation is named. */
  readonly lower: (builder: GraphBuilder, layer: LayerDef, inputs: Place[]) => Place[]
  readonly #weights: WeightStore
  readonly #names = new Set<string>()
  #scope: Scope | undefined

  constructor(weights: WeightStore, old: boolean, lower: GraphBuilder['lower']) {
    this.lower = lower
    this.#weights = weights
    this.old = old
  }

  /** Lowers something under a layer, and goes back to the layer around it. */
  inside<T>(scope: Scope, work: () => T): T {
    const outer = this.#scope
    this.#scope = scope
    try {
      return work()
    } finally {
      this.#scope = outer
    }
  }

  /** Lowers a layer that the one at hand wraps; its weights lie under `part`. */
  wrapped<T>(part: string, layer: LayerDef, work: () => T): T {
    const { scope } = this
    const below = scope.part ? `${scope.part}/${part}` : part
    const name = `${scope.name}/${layer.name}`
    return this.inside({ ...scope, layer, name, part: below, call: { args: [], kwargs: {} } }, work)
  }

  get scope(): Scope {
    if (!this.#scope) throw new Error('No layer was entered')
    return this.#scope
  }

  /** An option of the layer, or what Keras takes when it is absent. */
  option<T>(name: string, otherwise: T): Widened<T> {
    const value = this.scope.layer.config[name]
    return (value === undefined || value === null ? otherwise : value) as Widened<T>
  }

  /** A number that the layer was called or built with. */
  get kwargs(): Fields {
    return this.scope.call.kwargs
  }

  /** @param what ends in a word that `which cannot …` can follow */
  unsupported(
    what: string,
    remedy = 'Export the model as a SavedModel, which holds its operations, or use another layer.',
  ): FailureError {
    const { path } = this.scope
    return fail(
      'unsupported-graph',
      `The layer "${path}" ${what}, which cannot be turned into a graph.`,
      remedy,
      { layer: path },
    )
  }

  damaged(what: string, cause?: unknown): FailureError {
    const { path } = this.scope
    return fail('unreadable-file', `The layer "${path}" ${what}.`, 'Save the model again.', {
      layer: path,
      cause,
    })
  }

  /** A name of a node that is still free. */
  unique(name: string): string {
    let free = name
    for (let i = 1; this.#names.has(free); i++) free = `${name}_${i}`
    this.#names.add(free)
    return free
  }

  /** Takes a name for scopes of layers, so that no second use of a layer gets it. */
  reserve(name: string): string {
    return this.unique(name)
  }

  push(node: Omit<GraphNode, 'controls' | 'device'>): void {
    const { path } = this.scope
    this.nodes.push({ controls: [], device: '', ...node, origin: { node: node.name, layer: path } })
  }

  /** Adds `layer/suffix`, reading the given nodes. Its type is the first input's unless another is given. */
  add(
    op: string,
    suffix: string,
    inputs: (Place | string)[],
    shape: number[],
    attrs: Record<string, Attr> = {},
    dtype?: DataType,
  ): Place {
    return this.addMany(op, suffix, inputs, [shape], attrs, dtype)[0] as Place
  }

  /** As {@link add}, for an operation with several results. */
  addMany(
    op: string,
    suffix: string,
    inputs: (Place | string)[],
    shapes: number[][],
    attrs: Record<string, Attr> = {},
    dtype?: DataType,
  ): Place[] {
    const name = this.unique(`${this.scope.name}/${suffix}`)
    const first = inputs.find(input => typeof input !== 'string') as Place | undefined
    const T = first?.dtype ?? 'float32'
    this.push({
      name,
      op,
      inputs: inputs.map(input =>
        typeof input === 'string' ? { node: input, port: 0 } : { node: input.node, port: input.port },
      ),
      attrs: { ...(!WITHOUT_T.has(op) && { T: attr.type(T) }), ...attrs },
    })
    return shapes.map((shape, port) => ({ node: name, port, shape, dtype: dtype ?? T }))
  }

  constant(suffix: string, value: Tensor): string {
    const name = this.unique(`${this.scope.name}/${suffix}`)
    const { path } = this.scope
    this.nodes.push({ ...constant(name, value), origin: { node: name, layer: path } })
    return name
  }

  /** Whole numbers that an operation reads, like a shape or axes. */
  ints(suffix: string, values: number[], shape = [values.length]): string {
    return this.constant(suffix, { dtype: 'int32', shape, data: Int32Array.from(values) })
  }

  /** A single whole number that an operation reads, like an axis. */
  int(suffix: string, value: number): string {
    return this.ints(suffix, [value], [])
  }

  /** A single number that an operation reads. */
  number(suffix: string, value: number, dtype: DataType = 'float32'): string {
    if (dtype === 'int32') return this.int(suffix, value)
    if (dtype === 'int64')
      return this.constant(suffix, { dtype, shape: [], data: BigInt64Array.of(BigInt(value)) })
    return this.constant(suffix, { dtype: 'float32', shape: [], data: Float32Array.of(value) })
  }

  /** A vector of numbers. */
  floats(suffix: string, values: ArrayLike<number>, shape = [values.length]): Place {
    const node = this.constant(suffix, { dtype: 'float32', shape, data: Float32Array.from(values) })
    return { node, port: 0, shape, dtype: 'float32' }
  }

  /** A value of two, stretched to each other; a plain number becomes a constant. */
  pair(op: string, suffix: string, a: Place | number, b: Place | number, dtype?: DataType): Place {
    const known = (typeof a === 'number' ? b : a) as Place
    const operand = (value: Place | number, letter: string): Place =>
      typeof value === 'number'
        ? {
            node: this.number(`${suffix}/${letter}`, value, known.dtype),
            port: 0,
            shape: [],
            dtype: known.dtype,
          }
        : value
    const [x, y] = [operand(a, 'x'), operand(b, 'y')]
    return this.add(op, suffix, [x, y], broadcast(x.shape, y.shape), {}, dtype)
  }

  /** The same shape and type, computed element by element. */
  each(op: string, x: Place, suffix = op, attrs: Record<string, Attr> = {}): Place {
    return this.add(op, suffix, [x], x.shape, attrs)
  }

  placeholder({ name, config }: LayerDef, node: string): Place {
    const given = config.batch_input_shape ?? config.batch_shape
    if (!Array.isArray(given)) throw this.unsupported('does not say the shape of its input')
    const dtype = this.#inputType(config.dtype)
    const shape = given.map((size: unknown, axis) => (axis === 0 || typeof size !== 'number' ? -1 : size))
    if (shape.some(size => size < -1 || !Number.isSafeInteger(size)))
      throw this.damaged('has no shape that an input can have')
    if (config.sparse === true || config.ragged === true)
      throw this.unsupported(`takes ${config.sparse === true ? 'sparse' : 'ragged'} values`)
    this.#names.add(node)
    this.nodes.push({
      name: node,
      op: 'Placeholder',
      inputs: [],
      controls: [],
      device: '',
      attrs: { dtype: attr.type(dtype), shape: attr.shape(shape) },
      origin: { node, layer: name },
    })
    return { node, port: 0, shape, dtype }
  }

  /** Half precision is computed in single: no CPU runtime of TensorFlow Lite or TensorFlow.js has it. */
  #inputType(given: unknown): DataType {
    const dtype = typeof given === 'string' ? given : policyOf(given)
    if (dtype === undefined || dtype.startsWith('mixed_')) return 'float32'
    if (dtype === 'float16' || dtype === 'bfloat16' || dtype === 'float64') return 'float32'
    if (['float32', 'int32', 'int64', 'uint8', 'int8', 'bool'].includes(dtype)) return dtype as DataType
    throw this.unsupported(
      `takes ${dtype} values`,
      dtype === 'string'
        ? 'Look texts up before the model, and build it on the whole numbers that come out.'
        : 'Build the model on float32 values.',
    )
  }

  /** What stands in a weight, undefined where the layer was saved without it. */
  value(weight: string): Tensor | undefined {
    const { path, part } = this.scope
    return this.#weights.find([path, part, weight].filter(Boolean).join('/'))
  }

  /** The layer's weight of this name, as a variable `layer/weight` that is read by the node `layer/reader`. */
  weight(weight: string, reader: string, shape: number[]): Place {
    const { path, part, name } = this.scope
    const value = this.value(weight)
    if (
      !value ||
      value.shape.length !== shape.length ||
      value.shape.some((size, axis) => size !== shape[axis])
    )
      throw this.damaged(
        `needs a weight "${weight}" of shape [${shape.join(', ')}], ` +
          `${value ? `but it is [${value.shape.join(', ')}]` : 'which is not there'}`,
      )
    const handle = [path, part, weight].filter(Boolean).join('/')
    const dtype = value.dtype
    if (!this.variables.has(handle)) {
      this.variables.set(handle, value)
      this.#names.add(handle)
      this.push({
        name: handle,
        op: 'VarHandleOp',
        inputs: [],
        attrs: {
          dtype: attr.type(dtype),
          shape: attr.shape(shape),
          shared_name: attr.string(handle),
          container: attr.string(''),
        },
      })
    }
    const read = this.unique(`${name}/${reader}`)
    this.push({
      name: read,
      op: 'ReadVariableOp',
      inputs: [{ node: handle, port: 0 }],
      attrs: { dtype: attr.type(dtype) },
    })
    return { node: read, port: 0, shape, dtype }
  }

  /** A weight, or a constant vector where the layer was built without it (batch normalization's scale and center). */
  weightOr(weight: string, reader: string, size: number, value: number): Place {
    return this.value(weight)
      ? this.weight(weight, reader, [size])
      : this.floats(reader, new Float32Array(size).fill(value))
  }
}

/** The name of a policy that is written as an object: `{class_name: 'DTypePolicy', config: {name: 'mixed_float16'}}`. */
export function policyOf(given: unknown): string | undefined {
  if (typeof given !== 'object' || given === null) return undefined
  const { config } = given as { config?: { name?: unknown } }
  return typeof config?.name === 'string' ? config.name : undefined
}
