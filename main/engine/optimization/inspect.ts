import type { GraphView, Inspection, ModelEndpoint } from '#contract'
import {
  type Attr,
  attrOf,
  bytesPerElement,
  describe,
  type Endpoint,
  type Graph,
  inferShapes,
  sizeOf,
} from '../graph/index.ts'
import type { OpenedSource } from './source.ts'
import { unsupportedIn } from './unsupported.ts'

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
  const { unsupported, notes: found } = unsupportedIn(graph, opened.lite !== null)
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
    unsupported,
    notes: [...notes, ...found],
  }
}

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
