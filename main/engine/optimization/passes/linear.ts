import { attrOf, type GraphNode, type Tensor } from '../../graph/index.ts'
import { constantFrom, type Draft, floatsBehind, port } from './draft.ts'

/** How the weights of an operation are laid out: output channels, and how many elements of one stand together. */
type Layout = (shape: number[], node: GraphNode) => { channels: number; inner: number }

const last: Layout = shape => ({ channels: shape.at(-1) as number, inner: 1 })

const LAYOUTS: Record<string, { rank: number; layout: Layout }> = {
  Conv2D: { rank: 4, layout: last },
  Conv3D: { rank: 5, layout: last },
  // Input channels and their multiples run fastest, and together they are the output channels.
  DepthwiseConv2dNative: {
    rank: 4,
    layout: ([, , inputs = 0, multiples = 0]) => ({ channels: inputs * multiples, inner: 1 }),
  },
  Conv2DBackpropInput: {
    rank: 4,
    layout: ([, , channels = 0, inputs = 0]) => ({ channels, inner: inputs }),
  },
  MatMul: {
    rank: 2,
    layout: ([rows = 0, columns = 0], node) =>
      attrOf(node, 'transpose_b', 'bool')
        ? { channels: rows, inner: columns }
        : { channels: columns, inner: 1 },
  },
}

/** An operation that multiplies by constant weights, with the constant that is added to its result, if any. */
export interface Linear {
  node: GraphNode
  weights: Tensor
  channels: number
  /** How many elements of the weights of one channel stand together. */
  inner: number
  /** Which axis of its result runs over the channels. */
  axis: number
  rank: number
  /** The node that adds, and what it adds: one value for each channel. */
  bias?: { node: GraphNode; input: number; values: Float32Array }
}

/**
 * The linear operation that a node is, or that it adds a constant to. Everything from there on is read once only, so
 * that it may be changed.
 */
export function linearAt(draft: Draft, at: GraphNode | undefined): Linear | undefined {
  if (!at || !draft.readOnce(at.name)) return undefined
  const plain = linear(draft, at)
  if (plain) return plain
  if (at.op !== 'BiasAdd' && at.op !== 'Add' && at.op !== 'AddV2') return undefined
  for (const input of at.op === 'BiasAdd' ? [1] : [1, 0]) {
    const behind = draft.input(at, 1 - input)
    const found = behind && draft.readOnce(behind.name) ? linear(draft, behind) : undefined
    const value = floatsBehind(draft, draft.input(at, input))
    if (!found || !value) continue
    const format = attrOf(at, 'data_format', 'string') ?? 'NHWC'
    if (at.op === 'BiasAdd' && (format.startsWith('NC') ? 1 : found.rank - 1) !== found.axis) continue
    const values =
      at.op === 'BiasAdd'
        ? value.data.length === found.channels
          ? (value.data as Float32Array)
          : undefined
        : perChannel(value, found)
    if (values) return { ...found, bias: { node: at, input, values } }
  }
  return undefined
}

function linear(draft: Draft, node: GraphNode): Linear | undefined {
  const kind = LAYOUTS[node.op]
  const weights = kind && floatsBehind(draft, draft.input(node, 1))
  if (!kind || weights?.shape.length !== kind.rank) return undefined
  const found = kind.layout(weights.shape, node)
  if (!(found.channels > 0 && found.inner > 0)) return undefined
  const first = (attrOf(node, 'data_format', 'string') ?? 'NHWC').startsWith('NC')
  return { node, weights, ...found, rank: kind.rank, axis: first ? 1 : kind.rank - 1 }
}

/**
 * A constant that is stretched over the result of a linear operation as one value for each channel; undefined where it
 * varies along another axis, or would make the result larger.
 */
export function perChannel(
  { shape, data }: Tensor,
  { channels, axis, rank }: Linear,
): Float32Array | undefined {
  if (shape.length > rank) return undefined
  const own = axis - rank + shape.length
  if (shape.some((size, i) => size !== 1 && !(i === own && size === channels))) return undefined
  if (data.length === channels) return data as Float32Array
  return data.length === 1 ? new Float32Array(channels).fill(data[0] as number) : undefined
}

/** The operation with its weights multiplied channel by channel, in 32 bits; {@link replaceConstant} says where they stand. */
export function scaledWeights(
  draft: Draft,
  { node, weights, channels, inner }: Linear,
  factors: Float32Array,
): GraphNode {
  const data = draft.memoryOf(draft.input(node, 1), weights)
  for (let i = 0, channel = 0; i < data.length; channel = channel + 1 === channels ? 0 : channel + 1) {
    const factor = factors[channel] as number
    for (const end = Math.min(i + inner, data.length); i < end; i++) data[i] = (data[i] as number) * factor
  }
  return replaceConstant(draft, node, 1, { ...weights, data }, `${node.name}_bn_filter`)
}

/** The node with another constant as an input. The constant before keeps its name where only this node reads it. */
export function replaceConstant(
  draft: Draft,
  node: GraphNode,
  input: number,
  value: Tensor,
  otherwise: string,
): GraphNode {
  const old = draft.input(node, input)
  const mine = old && draft.readOnce(old.name)
  const name = mine ? old.name : draft.free(otherwise)
  const made = constantFrom(name, value, old ?? node)
  draft.put({ ...made, controls: mine ? old.controls : [] }, mine ? name : node.name)
  if (mine) draft.release(...old.inputs.map(each => each.node))
  return { ...node, inputs: node.inputs.with(input, port(name)) }
}
