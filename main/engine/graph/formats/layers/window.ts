import { type Attr, attr } from '../../graph.ts'
import type { GraphBuilder, Place } from './builder.ts'

/** Options that are one number or two: rows and columns. */
export const pair = (value: number | [number, number]): [number, number] =>
  typeof value === 'number' ? [value, value] : value

export interface Sliding {
  /** Rows and columns of the output. */
  size: [number, number]
  /** The attributes that slide the window: strides, padding, data format. */
  attrs: Record<string, Attr>
}

/**
 * How the layer that is being lowered slides its window over an image `[batch, rows, columns, channels]`.
 * @param reach rows and columns the window spans, holes included
 */
export function slide(
  builder: GraphBuilder,
  input: Place,
  reach: [number, number],
  strides: [number, number],
): Sliding {
  if (input.shape.length !== 4)
    throw builder.unsupported(`takes images, but its input has ${input.shape.length} axes`)
  if (builder.option('data_format', 'channels_last') !== 'channels_last')
    throw builder.unsupported('expects the channels before rows and columns')
  const padding = builder.option('padding', 'valid').toUpperCase()
  if (padding !== 'SAME' && padding !== 'VALID')
    throw builder.unsupported(`uses ${padding.toLowerCase()} padding`)
  const steps = (axis: 0 | 1) => {
    const size = input.shape[axis + 1] as number
    if (size < 0) return -1
    const last = padding === 'SAME' ? size : size - reach[axis] + 1
    if (last <= 0) throw builder.unsupported('has a window larger than its input')
    return Math.ceil(last / strides[axis])
  }
  return {
    size: [steps(0), steps(1)],
    attrs: {
      strides: attr.ints([1, ...strides, 1]),
      padding: attr.string(padding),
      data_format: attr.string('NHWC'),
    },
  }
}
