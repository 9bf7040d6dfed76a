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
function eightBitsBehind(node: GraphNode | undefined): Triple | undefined {
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
  const constant = source && constantInEightBits(draft, source, at)
  if (constant) return constant
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

/** A constant in 8 bits, named as `quantize_weights` names it; one for all that read it. */
function constantInEightBits(draft: Draft, source: GraphNode, at: GraphNode): Triple | undefined {
  const names = ['const', 'min', 'max'].map(part => `${source.name}_quantized_${part}`) as [
    string,
    string,
    string,
  ]
  if (names.every(name => draft.get(name)?.op === 'Const')) return names.map(name => port(name)) as Triple
  const value = tensorOf(source)
  const range = value?.dtype === 'float32' ? rangeOf(value.data as Float32Array) : undefined
  if (!value || !range || names.some(name => draft.has(name))) return undefined
  const bits: Tensor = {
    dtype: 'quint8',
    shape: value.shape,
    data: quantize(value.data as Float32Array, range),
  }
  const parts = [
    constantFrom(names[0], bits, source),
    scalarOf(names[1], range.min, source),
    scalarOf(names[2], range.max, source),
  ]
  for (const part of parts) draft.put({ ...part, controls: source.controls }, at.name)
  return parts.map(part => port(part.name)) as Triple
}
