import { attrOf, byName, constant, type Graph, type GraphNode, type Tensor, withoutUnused } from '../graph.ts'
import type { Pass } from './pass.ts'

export interface FoldBatchNormsReport {
  /** Names of the batch normalizations that are gone. */
  folded: string[]
}

/**
 * A batch normalization right behind a convolution, merged into it: the filter is multiplied by
 * `s = gamma / sqrt(variance + epsilon)` channel by channel, and the normalization becomes a bias
 * `beta + (bias - mean) * s` under its own name, so that everything that read it still does.
 *
 * It folds `FusedBatchNorm` (all versions, with fixed averages) behind `Conv2D` or `DepthwiseConv2dNative`, with or
 * without a bias between them, where nothing else reads what is in between.
 */
export const foldBatchNorms: Pass<object, FoldBatchNormsReport> = {
  name: 'fold_batch_norms',
  title: 'Batch normalization into convolutions',
  words: ({ folded }) => (folded.length === 0 ? 'nothing to fold' : `${folded.length} folded`),
  run(graph) {
    const nodes = byName(graph)
    const readers = countReaders(graph)
    const changed = new Map<string, GraphNode[]>()
    const folded: string[] = []
    for (const node of graph.nodes) {
      const replacements = /^FusedBatchNorm(V2|V3)?$/.test(node.op) && fold(node, nodes, readers)
      if (!replacements) continue
      for (const [name, replacement] of replacements) changed.set(name, replacement)
      folded.push(node.name)
    }
    const next = graph.nodes.flatMap(node => changed.get(node.name) ?? [node])
    return { graph: folded.length ? withoutUnused({ ...graph, nodes: next }) : graph, report: { folded } }
  },
}

/** How often each node is read, from inside the graph or as its output. */
function countReaders(graph: Graph): Map<string, number> {
  const counts = new Map<string, number>()
  const read = [...graph.nodes.flatMap(node => [...node.inputs.map(input => input.node), ...node.controls])]
  for (const name of [...read, ...graph.outputs.map(output => output.name)])
    counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

function fold(
  norm: GraphNode,
  nodes: Map<string, GraphNode>,
  readers: Map<string, number>,
): Map<string, GraphNode[]> | undefined {
  const source = (node: GraphNode, input: number) => nodes.get(node.inputs[input]?.node ?? '')
  // The other results of the normalization must be wanted by nobody.
  const others = [...nodes.values()].some(node =>
    node.inputs.some(input => input.node === norm.name && input.port > 0),
  )
  if (others || (attrOf(norm, 'is_training', 'bool') ?? true)) return undefined
  if ((attrOf(norm, 'data_format', 'string') ?? 'NHWC') !== 'NHWC') return undefined

  let before = source(norm, 0)
  const biasNode = before?.op === 'BiasAdd' ? before : undefined
  if (biasNode) before = source(biasNode, 0)
  const conv = before
  if (conv?.op !== 'Conv2D' && conv?.op !== 'DepthwiseConv2dNative') return undefined
  if (readers.get(conv.name) !== 1 || (biasNode && readers.get(biasNode.name) !== 1)) return undefined

  const values = [1, 2, 3, 4].map(i => floats(source(norm, i), nodes))
  const filter = floats(source(conv, 1), nodes)
  const bias = biasNode && floats(source(biasNode, 1), nodes)
  const [gamma, beta, mean, variance] = values
  if (!gamma || !beta || !mean || !variance || !filter || (biasNode && !bias)) return undefined

  const channels = gamma.data.length
  const epsilon = attrOf(norm, 'epsilon', 'float') ?? 1e-4
  const at = (tensor: Tensor, i: number) => Number(tensor.data[i])
  const scale = Float64Array.from(
    { length: channels },
    (_, i) => at(gamma, i) / Math.sqrt(at(variance, i) + epsilon),
  )
  // The output channel is the last axis of a filter, and the last two together of a depthwise one: both run fastest.
  const scaled = Float32Array.from(filter.data as Float32Array, (w, i) => w * (scale[i % channels] as number))
  const offset = Float32Array.from(
    scale,
    (s, i) => at(beta, i) + ((bias ? at(bias, i) : 0) - at(mean, i)) * s,
  )

  const filterName = `${conv.name}_bn_filter`
  const offsetName = `${conv.name}_bn_offset`
  return new Map([
    [
      conv.name,
      [
        constant(filterName, { ...filter, data: scaled }),
        { ...conv, inputs: [conv.inputs[0] as GraphNode['inputs'][0], { node: filterName, port: 0 }] },
      ],
    ],
    [
      norm.name,
      [
        constant(offsetName, { dtype: 'float32', shape: [channels], data: offset }),
        {
          ...norm,
          op: 'BiasAdd',
          inputs: [
            { node: conv.name, port: 0 },
            { node: offsetName, port: 0 },
          ],
          attrs: {
            T: norm.attrs.T ?? { kind: 'type', value: 'float32' },
            data_format: { kind: 'string', value: 'NHWC' },
          },
        },
      ],
    ],
  ])
}

/** The float constant that a node is, or hands on. */
function floats(node: GraphNode | undefined, nodes: Map<string, GraphNode>): Tensor | undefined {
  let at = node
  while (at?.op === 'Identity') at = nodes.get(at.inputs[0]?.node ?? '')
  const value = at?.op === 'Const' ? attrOf(at, 'value', 'tensor') : undefined
  return value?.dtype === 'float32' ? value : undefined
}
