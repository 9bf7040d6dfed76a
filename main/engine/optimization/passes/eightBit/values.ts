import {
  attr,
  attrOf,
  type GraphNode,
  type Port,
  quantize,
  rangeOf,
  type Tensor,
} from '../../../graph/index.ts'
import { constantFrom, type Draft, port, tensorOf } from '../draft.ts'

/** A value in 8 bits: the elements and the ends of their range. */
export type Triple = [Port, Port, Port]

export const triple = (node: string): Triple => [port(node, 0), port(node, 1), port(node, 2)]

export const scalarOf = (name: string, value: number, from: GraphNode): GraphNode =>
  constantFrom(name, { dtype: 'float32', shape: [], data: Float32Array.of(value) }, from)

/** A node made for another one: it runs where that runs, and comes from where that comes from. */
export const beside = (
  from: GraphNode,
  name: string,
  op: string,
  inputs: Port[],
  attrs: GraphNode['attrs'],
): GraphNode => ({
  name,
  op,
  inputs,
  controls: [],
  device: from.device,
  attrs,
  ...(from.origin && { origin: from.origin }),
})

/** The node that brings 8 bits back to floats under the name of what stood there before. */
export const dequantized = (from: GraphNode, name: string, value: Triple): GraphNode =>
  beside(from, name, 'Dequantize', value, { T: attr.type('quint8'), mode: attr.string('MIN_FIRST') })

/** The 8 bits that a node only brings back to floats. */
export function eightBitsBehind(node: GraphNode | undefined): Triple | undefined {
  if (node?.op !== 'Dequantize' || node.inputs.length !== 3) return undefined
  if (attrOf(node, 'T', 'type') !== 'quint8' || attrOf(node, 'mode', 'string') !== 'MIN_FIRST')
    return undefined
  return node.inputs as Triple
}

/**
 * An input in 8 bits, with what is needed for it put in front of the node `at`: nothing where it comes from 8 bits,
 * constants where it is one, else the range of each run by `Min` and `Max`, as in TensorFlow.
 */
export function inEightBits(draft: Draft, at: GraphNode, input: Port, prefix: string): Triple {
  const source = draft.get(input.node)
  const known = input.port === 0 ? eightBitsBehind(source) : undefined
  if (known) return known
  const name = `${prefix}/${input.node}${input.port > 0 ? `__port__${input.port}` : ''}`
  const value = tensorOf(source)
  const range = value?.dtype === 'float32' ? rangeOf(value.data as Float32Array) : undefined
  if (source && value && range) {
    const bits: Tensor = {
      dtype: 'quint8',
      shape: value.shape,
      data: quantize(value.data as Float32Array, range),
    }
    const parts = [
      constantFrom(`${name}_quantized_const`, bits, source),
      scalarOf(`${name}_quantized_min`, range.min, source),
      scalarOf(`${name}_quantized_max`, range.max, source),
    ]
    for (const part of parts) draft.put({ ...part, controls: source.controls }, at.name)
    return parts.map(part => port(part.name)) as Triple
  }
  if (draft.has(`${name}/quantize`)) return triple(`${name}/quantize`)
  const whole = (part: string, number: number): GraphNode => ({
    ...constantFrom(`${name}/${part}`, { dtype: 'int32', shape: [1], data: Int32Array.of(number) }, at),
    // In a loop a constant belongs to the turn that its reader is in.
    controls: [input.node],
  })
  const float = attr.type('float32')
  const bound = (part: string, op: string) =>
    beside(at, `${name}/${part}`, op, [port(`${name}/reshape`), port(`${name}/reduction_dims`)], {
      T: float,
      keep_dims: attr.bool(false),
    })
  for (const node of [
    whole('reshape_dims', -1),
    whole('reduction_dims', 0),
    beside(at, `${name}/reshape`, 'Reshape', [input, port(`${name}/reshape_dims`)], { T: float }),
    bound('min', 'Min'),
    bound('max', 'Max'),
    beside(at, `${name}/quantize`, 'QuantizeV2', [input, port(`${name}/min`), port(`${name}/max`)], {
      T: attr.type('quint8'),
      mode: attr.string('MIN_FIRST'),
    }),
  ])
    draft.put(node, at.name)
  return triple(`${name}/quantize`)
}
