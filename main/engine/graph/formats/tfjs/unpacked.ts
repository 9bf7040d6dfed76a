import { attr, attrOf, byName, constant, type Graph, type GraphNode } from '../../graph.ts'
import { dequantize } from '../../quantization.ts'

/**
 * A graph whose 8-bit weights (`Const` through `Dequantize`, as `quantize_weights` makes them) are the floats that they
 * stand for: TensorFlow.js has no operation that unpacks them.
 */
export function withoutPacked(graph: Graph): Graph {
  const nodes = byName(graph)
  const tensorAt = (node: GraphNode, input: number) => {
    const source = nodes.get(node.inputs[input]?.node ?? '')
    return source?.op === 'Const' ? attrOf(source, 'value', 'tensor') : undefined
  }
  const spent = new Set<string>()
  const unpacked = graph.nodes.map(node => {
    if (node.op !== 'Dequantize' || attrOf(node, 'mode', 'string') !== 'MIN_FIRST') return node
    const [values, min, max] = [tensorAt(node, 0), tensorAt(node, 1), tensorAt(node, 2)]
    if (values?.dtype !== 'quint8' || !min || !max) return node
    for (const { node: source } of node.inputs) spent.add(source)
    const data = dequantize(values.data as Uint8Array, { min: Number(min.data[0]), max: Number(max.data[0]) })
    const plain = constant(node.name, { dtype: 'float32', shape: values.shape, data }, node.controls)
    return { ...plain, attrs: { ...plain.attrs, dtype: attr.type('float32') }, origin: node.origin }
  })
  const read = new Set(unpacked.flatMap(node => [...node.inputs.map(input => input.node), ...node.controls]))
  return { ...graph, nodes: unpacked.filter(({ name }) => !spent.has(name) || read.has(name)) }
}
