import { attr, attrOf, type GraphNode, type Tensor } from '../../graph/index.ts'
import { constantFrom, Draft, floatsBehind, port, tensorOf } from './draft.ts'
import { type Linear, linearAt, scaledWeights } from './linear.ts'
import { inOrder } from './order.ts'
import { count, type Pass } from './pass.ts'

const { fround } = Math

/** A normalization as what it does to each channel: `y = x * scale + offset`, with offset = beta - mean * scale. */
interface Norm {
  node: GraphNode
  scale: Float32Array
  mean: Float32Array
  beta: Float32Array
}

/**
 * A batch normalization with fixed averages right behind a convolution, merged into it: the filter is multiplied by
 * `gamma / sqrt(variance + epsilon)`, and a `BiasAdd` adds the rest under the normalization's own name. The arithmetic
 * is that of TensorFlow's `fold_old_batch_norms.cc`, in 32 bits.
 *
 * It knows `BatchNormWithGlobalNormalization` and `FusedBatchNorm` in all versions, behind any convolution, with a
 * bias in between, behind `BatchToSpaceND`, and behind a concatenation of any number of convolutions. One that still
 * learns its averages, or whose averages are read, stays.
 */
export const foldOldBatchNorms: Pass<{ folded: string[] }> = {
  name: 'fold_old_batch_norms',
  title: 'Batch normalization into convolutions',
  about: 'Merges batch normalizations into the convolutions before them.',
  arguments: [],
  run(graph, _, own) {
    const draft = new Draft(graph, own)
    const wanted = new Set(
      graph.nodes.flatMap(node => node.inputs.filter(input => input.port > 0).map(input => input.node)),
    )
    const folded = inOrder(graph)
      .filter(node => {
        const norm =
          wanted.has(node.name) || draft.isSecondEnd(node.name)
            ? undefined
            : normOf(draft, draft.get(node.name))
        return (
          norm !== undefined &&
          (foldConvolution(draft, norm) || foldBatchToSpace(draft, norm) || foldConcat(draft, norm))
        )
      })
      .map(node => node.name)
    return {
      graph: folded.length > 0 ? draft.graph() : graph,
      report: { folded },
      note: folded.length > 0 ? `${count(folded.length, 'normalization')} folded` : 'nothing to fold',
    }
  },
}

function normOf(draft: Draft, node: GraphNode | undefined): Norm | undefined {
  if (node?.inputs[0]?.port !== 0) return undefined
  const fused = /^FusedBatchNorm(V[23])?$/.test(node.op)
  if (!fused && node.op !== 'BatchNormWithGlobalNormalization') return undefined
  // True is what TensorFlow takes where the attribute is left out.
  if (fused && (attrOf(node, 'is_training', 'bool') ?? true)) return undefined
  const places = fused
    ? { gamma: 1, beta: 2, mean: 3, variance: 4 }
    : { mean: 1, variance: 2, beta: 3, gamma: 4 }
  const read = (place: number) =>
    floatsBehind(draft, draft.input(node, place))?.data as Float32Array | undefined
  const [gamma, beta, mean, variance] = [places.gamma, places.beta, places.mean, places.variance].map(read)
  if (!gamma || !beta || !mean || !variance) return undefined
  if (beta.length !== mean.length || variance.length !== mean.length) return undefined
  const epsilon = attrOf(node, fused ? 'epsilon' : 'variance_epsilon', 'float') ?? fround(1e-4)
  const scaled = fused || (attrOf(node, 'scale_after_normalization', 'bool') ?? true)
  if (scaled && gamma.length !== mean.length) return undefined
  const scale = variance.map((each, i) => {
    const whole = fround(1 / fround(Math.sqrt(fround(each + fround(epsilon)))))
    return scaled ? whole * (gamma[i] as number) : whole
  })
  return { node, scale, mean, beta }
}

/**
 * Who waits for a node that goes will wait for the normalization instead; where that waits for something itself, the
 * two might come to wait for each other.
 */
const inCircle = (draft: Draft, norm: GraphNode, ...gone: (GraphNode | undefined)[]): boolean =>
  norm.controls.length > 0 && gone.some(node => node && draft.isWaitedFor(node.name))

/** Whether an operation has its channels on the axis that a normalization works on. */
const fits = (norm: GraphNode, axis: number): boolean =>
  ((attrOf(norm, 'data_format', 'string') ?? 'NHWC') === 'NCHW' ? 1 : 3) === axis

function foldConvolution(draft: Draft, norm: Norm): boolean {
  const { node } = norm
  const found = linearAt(draft, draft.input(node, 0))
  if (!found || !fits(node, found.axis) || found.channels !== norm.mean.length) return false
  if (inCircle(draft, node, found.bias?.node)) return false
  draft.put(merged(draft, found, norm, 0, node.name))
  draft.release(...node.inputs.slice(1).map(input => input.node))
  return true
}

function foldBatchToSpace(draft: Draft, norm: Norm): boolean {
  const { node } = norm
  const space = draft.input(node, 0)
  if (space?.op !== 'BatchToSpaceND' || !draft.readOnce(space.name)) return false
  const found = linearAt(draft, draft.input(space, 0))
  if (!found || !fits(node, found.axis) || found.axis !== 3 || found.channels !== norm.mean.length)
    return false
  if (inCircle(draft, node, found.bias?.node, space)) return false
  const add = merged(draft, found, norm, 0, draft.free(`${found.node.name}/biasadd`))
  draft.put(add, space.name)
  draft.remove(space.name, node.name)
  draft.put({ ...space, name: node.name, inputs: space.inputs.with(0, port(add.name)) })
  draft.release(...node.inputs.slice(1).map(input => input.node))
  return true
}

function foldConcat(draft: Draft, norm: Norm): boolean {
  const { node } = norm
  const concat = draft.input(node, 0)
  if (!concat || !/^Concat(V2)?$/.test(concat.op) || !draft.readOnce(concat.name)) return false
  const old = concat.op === 'Concat'
  const axisNode = draft.input(concat, old ? 0 : concat.inputs.length - 1)
  const along = Number(tensorOf(axisNode)?.data[0] ?? Number.NaN)
  const first = old ? 1 : 0
  const parts = concat.inputs.slice(first, old ? undefined : -1)
  const found = parts.map(part => (part.port === 0 ? linearAt(draft, draft.get(part.node)) : undefined))
  const linears = found.filter(each => each !== undefined)
  const channelAxis = linears[0]?.axis ?? -1
  if (!Number.isInteger(along) || linears.length !== parts.length || linears.length === 0) return false
  if (linears.some(each => each.axis !== channelAxis) || !fits(node, channelAxis)) return false
  const split = (along < 0 ? along + 4 : along) === channelAxis
  const channels = split
    ? linears.reduce((sum, each) => sum + each.channels, 0)
    : (linears[0] as Linear).channels
  if (channels !== norm.mean.length || (!split && linears.some(each => each.channels !== channels)))
    return false

  if (inCircle(draft, node, concat, ...linears.map(each => each.bias?.node))) return false

  let from = 0
  const inputs = linears.map((linear, i) => {
    const add = merged(draft, linear, norm, from, draft.free(`${concat.name}_bn_in${i}`))
    if (split) from += linear.channels
    draft.put(add, concat.name)
    return port(add.name)
  })
  draft.remove(concat.name, node.name)
  const axisPort = concat.inputs.at(old ? 0 : -1) as GraphNode['inputs'][0]
  draft.put({ ...concat, name: node.name, inputs: old ? [axisPort, ...inputs] : [...inputs, axisPort] })
  draft.release(...node.inputs.slice(1).map(input => input.node))
  return true
}

/** Scales the convolution in place. @returns the node that adds the rest, which is still to be put */
function merged(draft: Draft, found: Linear, norm: Norm, from: number, name: string): GraphNode {
  const { node, bias, channels } = found
  const scale = norm.scale.subarray(from, from + channels)
  draft.put(scaledWeights(draft, found, scale))
  const data = scale.map((each, i) => {
    const moved = fround((bias?.values[i] ?? 0) - (norm.mean[from + i] as number))
    return fround(moved * each) + (norm.beta[from + i] as number)
  })
  const value: Tensor = { dtype: 'float32', shape: [channels], data }
  const offset = constantFrom(draft.free(`${node.name}_bn_offset`), value, norm.node)
  draft.put(offset, norm.node.name)
  if (bias) {
    draft.remove(bias.node.name, name)
    draft.release(bias.node.inputs[bias.input]?.node)
  }
  const format = node.attrs.data_format
  const origin = norm.node.origin ?? node.origin
  return {
    name,
    op: 'BiasAdd',
    inputs: [port(node.name), port(offset.name)],
    controls: norm.node.name === name ? norm.node.controls : [],
    device: node.device,
    attrs: { T: node.attrs.T ?? attr.type('float32'), ...(format && { data_format: format }) },
    ...(origin && { origin }),
  }
}
