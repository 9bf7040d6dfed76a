import { attr, sizeOf } from '../../graph.ts'
import { activate } from './activations.ts'
import type { GraphBuilder } from './builder.ts'
import type { Lowering } from './lowering.ts'
import { type Place, rowSize } from './place.ts'
import { reshaped } from './shapes.ts'

const PRODUCT = { transpose_a: attr.bool(false), transpose_b: attr.bool(false) }

/** `activation(x * kernel + bias)` on the last axis; inputs of more than two axes are flattened to rows and back. */
export const dense: Lowering = (builder, x) => {
  const input = x as Place
  const features = input.shape.at(-1) as number
  if (input.shape.length < 2 || features < 0) throw builder.unsupported('does not know the size of its input')
  const units = builder.option('units', 0)

  let out = input
  if (input.shape.length === 2) {
    const kernel = builder.weight('kernel', 'MatMul/ReadVariableOp', [features, units])
    out = builder.add('MatMul', 'MatMul', [input, kernel], [-1, units], PRODUCT)
  } else {
    const inner = input.shape.slice(1, -1)
    if (inner.some(size => size < 0)) throw builder.unsupported('does not know the shape of its input')
    const flat = reshaped(builder, input, [-1, features], 'Tensordot/Reshape')
    const kernel = builder.weight('kernel', 'Tensordot/ReadVariableOp', [features, units])
    const result = builder.add('MatMul', 'Tensordot/MatMul', [flat, kernel], [-1, units], PRODUCT)
    out = reshaped(builder, result, [-1, ...inner, units], 'Tensordot')
  }
  return activate(builder, biased(builder, out))
}

/** With the layer's bias, if it has one, on the last axis. */
export function biased(builder: GraphBuilder, out: Place): Place {
  if (!builder.option('use_bias', true)) return out
  const bias = builder.weight('bias', 'BiasAdd/ReadVariableOp', [out.shape.at(-1) as number])
  return builder.add('BiasAdd', 'BiasAdd', [out, bias], out.shape, { data_format: attr.string('NHWC') })
}

/**
 * A product by an equation like `abc,cde->abde`, in which the summed letters stand last in the input and first in the
 * kernel, or anywhere: they are moved there.
 */
export const einsumDense: Lowering = (builder, x) => {
  const input = x as Place
  const equation = builder.option('equation', '').replace(/\s/g, '')
  const shape = (builder.option<unknown>('output_shape', []) ?? []) as number | (number | null)[]
  const out = Array.isArray(shape) ? shape : [shape]
  const bias = builder.option('bias_axes', '')
  const parts = /^([a-z]*)(\.\.\.)?,([a-z]+)->([a-z]*)(\.\.\.)?$/.exec(equation)
  const after = /^(\.\.\.)([a-z]+),([a-z]+)->(\.\.\.)([a-z]+)$/.exec(equation)
  if (!parts && !after) throw builder.unsupported(`multiplies by the equation "${equation}"`)
  // `...` stands for axes that nothing else names: they get letters of their own.
  const letters = 'ABCDEFGHIJ'.slice(0, Math.max(0, input.shape.length - named(equation)))
  const whole = equation.replaceAll('...', letters)
  const [left = '', right = ''] = whole.split('->')
  const [from = '', kernel = ''] = left.split(',')
  const sizes = new Map<string, number>()
  ;[...from].forEach((letter, i) => void sizes.set(letter, input.shape[i] ?? -1))
  // The batch is not among the sizes of the output, and neither is what `...` stands for.
  ;[...right].reverse().forEach((letter, i) => {
    if (!sizes.has(letter)) sizes.set(letter, Number(out.at(-1 - i) ?? -1))
  })
  const sized = (text: string) => [...text].map(letter => sizes.get(letter) ?? -1)
  const weight = builder.weight('kernel', 'einsum/ReadVariableOp', sized(kernel))
  const product = contract(builder, input, weight, [from, kernel, right], sizes)
  if (!bias) return activate(builder, product)
  const first = Math.min(...[...bias].map(letter => right.indexOf(letter)))
  const biasShape = [...right]
    .slice(first)
    .map(letter => (bias.includes(letter) ? (sizes.get(letter) ?? -1) : 1))
  const added = builder.weight('bias', 'add/ReadVariableOp', biasShape)
  return activate(builder, builder.pair('AddV2', 'add', product, added))
}

const named = (equation: string) => (equation.split(',')[0] ?? '').replaceAll('.', '').length

/** A plain matrix product where the letters allow it, which every runtime has; else the operation for any equation. */
function contract(
  builder: GraphBuilder,
  input: Place,
  kernel: Place,
  [from, by, to]: [string, string, string],
  sizes: Map<string, number>,
): Place {
  const shape = [...to].map(letter => sizes.get(letter) ?? -1)
  const summed = [...by].filter(letter => !to.includes(letter)).join('')
  const kept = [...by].filter(letter => to.includes(letter)).join('')
  const outer = from.slice(0, from.length - summed.length)
  const plain = from === outer + summed && by === summed + kept && to === outer + kept && outer.length > 0
  const size = (text: string) => sizeOf([...text].map(letter => sizes.get(letter) ?? -1))
  if (!plain || rowSize(input.shape) === undefined)
    return builder.add('Einsum', 'einsum/Einsum', [input, kernel], shape, {
      equation: attr.string(`${from},${by}->${to}`),
      N: attr.int(2),
    })
  const rows = reshaped(builder, input, [-1, size(summed)], 'einsum/Reshape')
  const matrix = reshaped(builder, kernel, [size(summed), size(kept)], 'einsum/Reshape_1')
  const product = builder.add('MatMul', 'einsum/MatMul', [rows, matrix], [-1, size(kept)], PRODUCT)
  return reshaped(builder, product, shape, 'einsum')
}
