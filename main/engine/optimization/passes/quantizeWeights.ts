import {
  attr,
  type GraphNode,
  type QuantizedRange,
  quantize,
  rangeOf,
  type Tensor,
} from '../../graph/index.ts'
import { whole } from './arguments.ts'
import { constantFrom, port, tensorOf } from './draft.ts'
import type { Pass } from './pass.ts'

interface QuantizeWeightsReport {
  tensors: { name: string; elements: number; range: QuantizedRange }[]
  bytesBefore: number
  bytesAfter: number
  /** Float constants left as they were, because they are small or hold values that are no numbers. */
  kept: number
}

/** Bytes of the two scalars that hold the range. */
const RANGE_BYTES = 8

/**
 * 8-bit weights, bit for bit those of TensorFlow's `quantize_weights`: a float constant `w` becomes
 * `w_quantized_const` (quint8), `w_quantized_min` and `w_quantized_max` (scalars) and a `Dequantize` in mode MIN_FIRST
 * that keeps the name `w`, so everything that read it still does. One range per tensor, which includes zero.
 *
 * Unlike the original, a tensor of zeros stays zeros (there it turns into not-a-number), and a tensor with infinite or
 * undefined values is left alone.
 */
export const quantizeWeights: Pass<QuantizeWeightsReport> = {
  name: 'quantize_weights',
  title: '8-bit weights',
  about: 'Keeps large float constants in 8 bits and unpacks them when the graph runs: a quarter of the file.',
  arguments: [
    {
      name: 'minimum_size',
      about: 'Constants of fewer elements stay float; 1024 without it.',
      required: false,
    },
  ],
  run(graph, args = {}) {
    const minimum = whole(args, 'minimum_size', 1024)
    const report: QuantizeWeightsReport = { tensors: [], bytesBefore: 0, bytesAfter: 0, kept: 0 }
    const nodes = graph.nodes.flatMap(node => {
      const value = tensorOf(node)
      if (value?.dtype !== 'float32') return [node]
      const weights = value.data as Float32Array
      const range = weights.length >= Math.max(1, minimum) ? rangeOf(weights) : undefined
      if (!range) {
        report.kept++
        return [node]
      }
      report.tensors.push({ name: node.name, elements: weights.length, range })
      report.bytesBefore += weights.byteLength
      report.bytesAfter += weights.length + RANGE_BYTES
      return quantized(node, value, range)
    })
    const note = `${report.tensors.length} tensors in 8 bits, ${report.kept} small ones stay float`
    return { graph: { ...graph, nodes }, report, note }
  },
}

const scalar = (x: number): Tensor => ({ dtype: 'float32', shape: [], data: Float32Array.of(x) })

/** The constant in 8 bits, its range, and the node that unpacks it under the old name. */
export function quantized(node: GraphNode, value: Tensor, range: QuantizedRange): GraphNode[] {
  const data = quantize(value.data as Float32Array, range)
  const parts = [
    constantFrom(`${node.name}_quantized_const`, { dtype: 'quint8', shape: value.shape, data }, node),
    constantFrom(`${node.name}_quantized_min`, scalar(range.min), node),
    constantFrom(`${node.name}_quantized_max`, scalar(range.max), node),
  ].map(part => ({ ...part, controls: node.controls }))
  return [
    ...parts,
    {
      ...node,
      op: 'Dequantize',
      inputs: parts.map(part => port(part.name)),
      controls: [],
      attrs: { T: attr.type('quint8'), mode: attr.string('MIN_FIRST') },
    },
  ]
}
