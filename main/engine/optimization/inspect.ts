import type { GraphView, Inspection, ModelEndpoint } from '#contract'
import {
  type Attr,
  attrOf,
  bytesPerElement,
  describe,
  type Endpoint,
  freeze,
  type Graph,
  hasKernel,
  inferShapes,
  sizeOf,
  unsupportedOps,
} from '../graph/index.ts'
import { FailureError } from '../kit/index.ts'
import type { OpenedSource } from './source.ts'

export const endpointOf = ({ name, key, dtype, shape }: Endpoint): ModelEndpoint => ({
  name,
  key: key ?? null,
  dtype,
  shape: shape ? [...shape] : null,
})

/** What a model file holds, and which of its operations stand in the way of what. */
export function inspectionOf(model: string, opened: OpenedSource): Inspection {
  const { graph, notes } = opened
  const described = describe(graph)
  const frozen = frozenOr(graph)
  return {
    model,
    format: opened.format,
    title: opened.title,
    bytes: opened.bytes,
    signature: opened.signature,
    signatures: opened.signatures.map(({ name, inputs, outputs }) => ({
      name,
      inputs: inputs.map(endpointOf),
      outputs: outputs.map(endpointOf),
    })),
    inputs: graph.inputs.map(endpointOf),
    outputs: graph.outputs.map(endpointOf),
    nodes: described.nodes,
    ops: described.ops,
    parameters: described.parameters,
    weightBytes: described.weightBytes,
    bytesByType: described.bytesByType,
    unsupported: frozen.graph ? blockedBy(frozen.graph, opened) : [],
    notes: [...notes, ...frozen.notes],
  }
}

/** The graph with constants, or in one sentence why it has none. */
function frozenOr(graph: Graph): { graph: Graph | null; notes: string[] } {
  try {
    return { graph: freeze.run(graph, {}).graph, notes: [] }
  } catch (error) {
    if (error instanceof FailureError)
      return { graph: null, notes: [`${error.failure.message} ${error.failure.remedy}`] }
    throw error
  }
}

function blockedBy(graph: Graph, { lite }: OpenedSource): Inspection['unsupported'] {
  const found = new Map<string, Inspection['unsupported'][number]>()
  const at = (op: string) => {
    const known = found.get(op) ?? { op, count: 0, nodes: [], layers: [], blocks: [] }
    found.set(op, known)
    return known
  }
  // A TFLite file is already what it would be converted to.
  if (!lite)
    for (const { op, nodes, layers } of unsupportedOps(graph)) {
      const entry = at(op)
      Object.assign(entry, {
        count: nodes.length,
        nodes: nodes.slice(0, LISTED),
        layers: layers.slice(0, LISTED),
      })
      entry.blocks.push('tflite')
    }
  for (const node of graph.nodes) {
    if (hasKernel(node.op)) continue
    const entry = at(node.op)
    if (!entry.blocks.includes('tflite')) {
      entry.count++
      if (entry.nodes.length < LISTED) entry.nodes.push(node.origin?.node ?? node.name)
      const layer = node.origin?.layer
      if (layer && entry.layers.length < LISTED && !entry.layers.includes(layer)) entry.layers.push(layer)
    }
    if (!entry.blocks.includes('run')) entry.blocks.push('run')
  }
  return [...found.values()]
}

/** So many nodes are named of each operation. */
const LISTED = 20

/** The graph as the window draws it. */
export function viewOf(model: string, format: GraphView['format'], graph: Graph): GraphView {
  const places = new Map(graph.nodes.map((node, i) => [node.name, i]))
  const shapes = inferShapes(graph)
  return {
    model,
    format,
    nodes: graph.nodes.map(node => {
      const known = shapes.get(node.name)
      const value = node.op === 'Const' ? attrOf(node, 'value', 'tensor') : graph.variables.get(node.name)
      return {
        name: node.name,
        op: node.op,
        layer: node.origin?.layer ?? null,
        inputs: node.inputs.flatMap(input => places.get(input.node) ?? []),
        dtype: known?.dtype ?? value?.dtype ?? null,
        shape: known?.shape ?? value?.shape ?? null,
        bytes: value ? sizeOf(value.shape) * bytesPerElement(value.dtype) : 0,
        attrs: Object.fromEntries(
          Object.entries(node.attrs).flatMap(([name, attr]) => {
            const words = wordsOf(attr)
            return words === null || name === 'T' || name === 'dtype' ? [] : [[name, words]]
          }),
        ),
      }
    }),
    inputs: graph.inputs.map(endpointOf),
    outputs: graph.outputs.map(endpointOf),
  }
}

function wordsOf(attr: Attr): string | null {
  switch (attr.kind) {
    case 'tensor':
    case 'opaque':
      return null
    case 'shape':
      return attr.value?.join(', ') ?? 'unknown'
    case 'ints':
      return attr.value.join(', ')
    default:
      return String(attr.value)
  }
}
