import { attr } from '../../graph.ts'
import type { Lowering } from './lowering.ts'
import { pair, slide } from './window.ts'

const pooling =
  (op: string): Lowering =>
  (builder, input) => {
    const window = pair(builder.option<number | [number, number]>('pool_size', 2))
    const strides = pair(builder.option<number | [number, number]>('strides', window))
    const { size, attrs } = slide(builder, input, window, strides)
    const shape = [-1, ...size, input.shape.at(-1) as number]
    return builder.add(op, op, [input], shape, { ...attrs, ksize: attr.ints([1, ...window, 1]) })
  }

export const maxPooling2D = pooling('MaxPool')
export const averagePooling2D = pooling('AvgPool')

export const globalAveragePooling2D: Lowering = (builder, input) => {
  if (input.shape.length !== 4)
    throw builder.unsupported(`takes images, but its input has ${input.shape.length} axes`)
  if (builder.option('data_format', 'channels_last') !== 'channels_last')
    throw builder.unsupported('expects the channels before rows and columns')
  const keep = builder.option('keepdims', false)
  const channels = input.shape[3] as number
  const axes = builder.ints('Mean/reduction_indices', [1, 2])
  return builder.add('Mean', 'Mean', [input, axes], keep ? [-1, 1, 1, channels] : [-1, channels], {
    Tidx: attr.type('int32'),
    keep_dims: attr.bool(keep),
  })
}
