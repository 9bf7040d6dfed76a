import { type Attr, attr } from '../../graph.ts'
import type { GraphBuilder } from './builder.ts'
import { transpose } from './functions.ts'
import type { Place } from './place.ts'
import { expanded, squeezed } from './shapes.ts'

/** An option that is one number or one for each axis of an image. */
export function perAxis(
  builder: GraphBuilder,
  name: string,
  axes: number,
  otherwise: number | number[] = 1,
): number[] {
  const value = builder.option<number | number[]>(name, otherwise)
  const list = Array.isArray(value) ? value : Array<number>(axes).fill(value)
  if (list.length !== axes || list.some(n => !Number.isSafeInteger(n) || n < 0))
    throw builder.damaged(`has ${JSON.stringify(value)} for "${name}"`)
  return list
}

/**
 * Works on an image `[batch, ...axes, channels]` of two or three axes, whatever comes in: channels that stand first are
 * put last and back again, one axis (of time) becomes the second of an image of one row.
 */
export function onImage(
  builder: GraphBuilder,
  input: Place,
  axes: 1 | 2 | 3,
  work: (image: Place) => Place,
  scope?: string,
): Place {
  if (input.shape.length !== axes + 2)
    throw builder.unsupported(
      `takes ${['series', 'images', 'volumes'][axes - 1]}, but its input has ${input.shape.length} axes`,
    )
  return channelsLast(builder, input, last => {
    if (axes !== 1) return work(last)
    const image = expanded(builder, last, 1, scope ? `${scope}/ExpandDims` : 'ExpandDims')
    return squeezed(builder, work(image), [1], scope ? `${scope}/Squeeze` : 'Squeeze')
  })
}

/** Puts channels that stand first last, and back again if the result still has the axes. */
export function channelsLast(builder: GraphBuilder, input: Place, work: (x: Place) => Place): Place {
  if (builder.option('data_format', 'channels_last') !== 'channels_first') return work(input)
  const inner = input.shape.slice(2).map((_, i) => i + 2)
  const result = work(transpose(builder, input, [0, ...inner, 1]))
  if (result.shape.length !== input.shape.length) return result
  const rank = result.shape.length
  return transpose(builder, result, [0, rank - 1, ...inner.map(axis => axis - 1)], 'transpose_1')
}

export interface Sliding {
  /** Sizes of the output along the axes of the image. */
  size: number[]
  /** The attributes that slide the window: strides, padding, data format. */
  attrs: Record<string, Attr>
}

/**
 * How a layer slides its window over an image `[batch, ...axes, channels]`.
 * @param reach sizes that the window spans, holes included
 */
export function slide(
  builder: GraphBuilder,
  input: Place,
  reach: number[],
  strides: number[],
  padding = builder.option('padding', 'valid').toUpperCase(),
): Sliding {
  if (padding !== 'SAME' && padding !== 'VALID')
    throw builder.unsupported(`uses ${padding.toLowerCase()} padding`)
  if (strides.some(stride => stride < 1)) throw builder.damaged('has a stride of 0')
  const size = reach.map((wide, axis) => {
    const whole = input.shape[axis + 1] as number
    if (whole < 0) return -1
    const last = padding === 'SAME' ? whole : whole - wide + 1
    if (last <= 0) throw builder.unsupported('has a window larger than its input')
    return Math.ceil(last / (strides[axis] as number))
  })
  return {
    size,
    attrs: {
      strides: attr.ints([1, ...strides, 1]),
      padding: attr.string(padding),
      data_format: attr.string(reach.length === 3 ? 'NDHWC' : 'NHWC'),
    },
  }
}

/** With zeros (or another value) before and after along the inner axes. */
export function padded(
  builder: GraphBuilder,
  x: Place,
  pads: [number, number][],
  value: number | undefined = undefined,
): Place {
  const all: [number, number][] = [[0, 0], ...pads, [0, 0]]
  const shape = x.shape.map((size, i) => (size < 0 ? -1 : size + (all[i]?.[0] ?? 0) + (all[i]?.[1] ?? 0)))
  const paddings = builder.ints('Pad/paddings', all.flat(), [all.length, 2])
  const attrs = { Tpaddings: attr.type('int32') }
  return value === undefined
    ? builder.add('Pad', 'Pad', [x, paddings], shape, attrs)
    : builder.add('PadV2', 'Pad', [x, paddings, builder.number('Pad/value', value)], shape, attrs)
}
