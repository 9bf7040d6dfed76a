import { attr } from '../../graph.ts'
import { activate } from './activations.ts'
import type { Lowering } from './lowering.ts'

/** `activation(x * kernel + bias)` on the last axis; inputs of more than two axes are flattened to rows and back. */
export const dense: Lowering = (builder, input) => {
  const features = input.shape.at(-1) as number
  if (input.shape.length < 2 || features < 0) throw builder.unsupported('does not know the size of its input')
  const units = builder.option('units', 0)
  const product = { transpose_a: attr.bool(false), transpose_b: attr.bool(false) }

  let out = input
  if (input.shape.length === 2) {
    const kernel = builder.weight('kernel', 'MatMul/ReadVariableOp', [features, units])
    out = builder.add('MatMul', 'MatMul', [input, kernel], [-1, units], product)
  } else {
    const inner = input.shape.slice(1, -1)
    if (inner.some(size => size < 0)) throw builder.unsupported('does not know the shape of its input')
    const rows = builder.ints('Tensordot/Reshape/shape', [-1, features])
    const flat = builder.add('Reshape', 'Tensordot/Reshape', [input, rows], [-1, features], shapeType)
    const kernel = builder.weight('kernel', 'Tensordot/ReadVariableOp', [features, units])
    const result = builder.add('MatMul', 'Tensordot/MatMul', [flat, kernel], [-1, units], product)
    const shape = [-1, ...inner, units]
    out = builder.add(
      'Reshape',
      'Tensordot',
      [result, builder.ints('Tensordot/shape', shape)],
      shape,
      shapeType,
    )
  }
  if (builder.option('use_bias', true)) {
    const bias = builder.weight('bias', 'BiasAdd/ReadVariableOp', [units])
    out = builder.add('BiasAdd', 'BiasAdd', [out, bias], out.shape, { data_format: attr.string('NHWC') })
  }
  return activate(builder, out)
}

const shapeType = { Tshape: attr.type('int32') }
