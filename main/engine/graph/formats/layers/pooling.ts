import { attr } from '../../graph.ts'
import type { GraphBuilder } from './builder.ts'
import { cast } from './functions.ts'
import type { Lowering } from './lowering.ts'
import type { Place } from './place.ts'
import { expanded, reduced } from './shapes.ts'
import { channelsLast, onImage, perAxis, slide } from './window.ts'

/** The largest value or the mean in each window, over one, two or three axes. */
const pooling =
  (op: 'MaxPool' | 'AvgPool', axes: 1 | 2 | 3): Lowering =>
  (builder, input) =>
    onImage(builder, input as Place, axes, image => {
      const own = perAxis(builder, 'pool_size', axes, 2)
      const steps = perAxis(builder, 'strides', axes, own)
      const row = axes === 1 ? [1] : []
      const [window, strides] = [
        [...row, ...own],
        [...row, ...steps],
      ]
      const { size, attrs } = slide(builder, image, window, strides)
      const shape = [-1, ...size, image.shape.at(-1) as number]
      const name = axes === 3 ? `${op}3D` : op
      return builder.add(name, name, [image], shape, { ...attrs, ksize: attr.ints([1, ...window, 1]) })
    })

/** One value a channel: the mean, or the largest. */
const global =
  (op: 'Mean' | 'Max', axes: 1 | 2 | 3): Lowering =>
  (builder, x) => {
    const input = x as Place
    if (input.shape.length !== axes + 2)
      throw builder.unsupported(`takes ${axes + 2} axes, but its input has ${input.shape.length}`)
    const keep = builder.option('keepdims', false)
    const inner = Array.from({ length: axes }, (_, i) => i + 1)
    if (op === 'Mean' && axes === 1 && input.mask) return maskedMean(builder, input, input.mask, keep)
    return channelsLast(builder, input, last => reduced(builder, op, last, inner, keep))
  }

/** The mean of the steps that count. */
function maskedMean(builder: GraphBuilder, input: Place, mask: Place, keep: boolean): Place {
  const counted = expanded(builder, cast(builder, mask, input.dtype), 2)
  const sum = reduced(builder, 'Sum', builder.pair('Mul', 'mul', input, counted), [1], keep)
  return builder.pair('RealDiv', 'truediv', sum, reduced(builder, 'Sum', counted, [1], keep))
}

export const maxPooling1D = pooling('MaxPool', 1)
export const maxPooling2D = pooling('MaxPool', 2)
export const maxPooling3D = pooling('MaxPool', 3)
export const averagePooling1D = pooling('AvgPool', 1)
export const averagePooling2D = pooling('AvgPool', 2)
export const averagePooling3D = pooling('AvgPool', 3)
export const globalAveragePooling1D = global('Mean', 1)
export const globalAveragePooling2D = global('Mean', 2)
export const globalAveragePooling3D = global('Mean', 3)
export const globalMaxPooling1D = global('Max', 1)
export const globalMaxPooling2D = global('Max', 2)
export const globalMaxPooling3D = global('Max', 3)
