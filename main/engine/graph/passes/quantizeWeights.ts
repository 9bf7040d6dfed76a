import { attr, attrOf, constant, type Graph, type GraphNode, type Tensor } from '../graph.ts'
import { dequantize, type QuantizedRange, quantize, rangeOf } from '../quantization.ts'
import type { Pass } from './pass.ts'

export interface QuantizeWeightsOptions {
  /** Constants with fewer elements stay float, since the range beside them would cost more than is saved. */
  minimumSize?: number
}

export interface QuantizeWeightsReport {
  tensors: {
    name: string
    elements: number
    bytesBefore: number
    bytesAfter: number
    range: QuantizedRange
    /** Largest difference between a weight and what it reads back as. */
    largestError: number
  }[]
  bytesBefore: number
  bytesAfter: number
  /** Float constants left as they were, because they are small or hold values that are no numbers. */
  kept: number
}

/** Bytes of the two scalars that hold the range. */
const RANGE_BYTES = 8

/**
 * 8-bit weights in the manner of TensorFlow's `quantize_weights` graph transform: a float constant `w` becomes
 * `w_quantized_const` (quint8), `w_quantized_min` and `w_quantized_max` (scalars) and a `Dequantize` in mode MIN_FIRST
 * that keeps the name `w`, so everything that read it still does. One range per tensor, which includes zero.
 *
 * Unlike the original, a tensor of zeros stays zeros (there it turns into not-a-number), and a tensor with infinite or
 * undefined values is left alone.
 */
export const quantizeWeights: Pass<QuantizeWeightsOptions, QuantizeWeightsReport> = {
  name: 'quantize_weights',
  title: '8-bit weights',
  words: ({ tensors, kept }) => `${tensors.length} tensors in 8 bits, ${kept} small ones stay float`,
  run(graph, { minimumSize = 1024 }) {
    const report: QuantizeWeightsReport = { tensors: [], bytesBefore: 0, bytesAfter: 0, kept: 0 }
    const nodes = graph.nodes.flatMap(node => {
      const value = node.op === 'Const' ? attrOf(node, 'value', 'tensor') : undefined
      if (value?.dtype !== 'float32') return [node]
      const range = value.data.length >= minimumSize ? rangeOf(value.data as Float32Array) : undefined
      if (!range) {
        report.kept++
        return [node]
      }
      return replace(node, value, range, report)
    })
    return { graph: { ...graph, nodes } satisfies Graph, report }
  },
}

function replace(
  node: GraphNode,
  value: Tensor,
  range: QuantizedRange,
  report: QuantizeWeightsReport,
): GraphNode[] {
  const weights = value.data as Float32Array
  const data = quantize(weights, range)
  const back = dequantize(data, range)
  const bytesAfter = data.length + RANGE_BYTES
  report.tensors.push({
    name: node.name,
    elements: data.length,
    bytesBefore: weights.byteLength,
    bytesAfter,
    range,
    largestError: weights.reduce((largest, w, i) => Math.max(largest, Math.abs(w - (back[i] as number))), 0),
  })
  report.bytesBefore += weights.byteLength
  report.bytesAfter += bytesAfter

  const scalar = (x: number): Tensor => ({ dtype: 'float32', shape: [], data: Float32Array.of(x) })
  const parts = [
    constant(`${node.name}_quantized_const`, { dtype: 'quint8', shape: value.shape, data }, node.controls),
    constant(`${node.name}_quantized_min`, scalar(range.min), node.controls),
    constant(`${node.name}_quantized_max`, scalar(range.max), node.controls),
  ]
  return [
    ...parts,
    {
      name: node.name,
      op: 'Dequantize',
      inputs: parts.map(part => ({ node: part.name, port: 0 })),
      controls: [],
      device: node.device,
      attrs: { T: attr.type('quint8'), mode: attr.string('MIN_FIRST') },
    },
  ]
}
