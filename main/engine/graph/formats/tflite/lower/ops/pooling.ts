import { attrOf } from '../../../../graph.ts'
import type { Lowering } from '../builder.ts'
import { Refusal } from '../refusal.ts'
import { inChannelsLast, isChannelsFirst, spatial, text } from './attributes.ts'

const pool =
  (op: 'MAX_POOL_2D' | 'AVERAGE_POOL_2D'): Lowering =>
  (builder, node) => {
    const [filter_height = 1, filter_width = 1] = spatial(node, 'ksize')
    const [stride_h = 1, stride_w = 1] = spatial(node, 'strides')
    const explicit = text(node, 'padding') === 'EXPLICIT'
    if (explicit && op === 'AVERAGE_POOL_2D') throw new Refusal('it pads by explicit sizes')
    inChannelsLast(builder, node, builder.input(node, 0), (image, result) => {
      let input = image
      if (explicit) {
        const all = attrOf(node, 'explicit_paddings', 'ints') ?? []
        const order = isChannelsFirst(node) ? [0, 2, 3, 1] : [0, 1, 2, 3]
        const pads = order.flatMap(axis => [all[2 * axis] ?? 0, all[2 * axis + 1] ?? 0])
        // What is added must never be the largest.
        const least = builder.scalar(node, 'least', -3.4028234663852886e38, image.type)
        const shape = image.shape.map(
          (size, axis) => size + (pads[2 * axis] ?? 0) + (pads[2 * axis + 1] ?? 0),
        )
        const signature = image.signature?.map((size, axis) => (size < 0 ? size : (shape[axis] as number)))
        const sizes = builder.int32(node, 'paddings', pads, [4, 2])
        input = builder.step(node, 'PADV2', [image, sizes, least], {}, { shape, signature })
      }
      const padding = explicit ? 'VALID' : text(node, 'padding', 'VALID')
      builder.emit(node, op, [input], { padding, stride_h, stride_w, filter_height, filter_width }, [result])
    })
  }

export const POOLING: Record<string, Lowering> = {
  MaxPool: pool('MAX_POOL_2D'),
  AvgPool: pool('AVERAGE_POOL_2D'),
}
