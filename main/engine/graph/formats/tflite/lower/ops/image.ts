import { sizeOf } from '../../../../graph.ts'
import type { Lowering } from '../builder.ts'
import { Refusal } from '../refusal.ts'
import { flag, float, int } from './attributes.ts'

const resize =
  (op: 'RESIZE_BILINEAR' | 'RESIZE_NEAREST_NEIGHBOR'): Lowering =>
  (builder, node) => {
    const [x, result] = [builder.input(node, 0), builder.result(node)]
    if (result.signature?.slice(1, 3).includes(-1)) builder.fix(node.name)
    const options = {
      align_corners: flag(node, 'align_corners'),
      half_pixel_centers: flag(node, 'half_pixel_centers'),
    }
    const like = { type: 'float32' as const }
    const whole = x.type !== 'float32' && op === 'RESIZE_BILINEAR'
    const image = whole
      ? builder.step(
          node,
          'CAST',
          [x],
          { in_data_type: x.type.toUpperCase(), out_data_type: 'FLOAT32' },
          like,
        )
      : x
    builder.emit(node, op, [image, builder.int32(node, 'size', result.shape.slice(1, 3))], options)
  }

const localResponse: Lowering = (builder, node) => {
  builder.emit(node, 'LOCAL_RESPONSE_NORMALIZATION', [builder.input(node, 0)], {
    radius: int(node, 'depth_radius', 5),
    bias: float(node, 'bias', 1),
    alpha: float(node, 'alpha', 1),
    beta: float(node, 'beta', 0.5),
  })
}

/** Half the sum of squares. */
const squares: Lowering = (builder, node) => {
  const x = builder.input(node, 0)
  if (sizeOf(x.shape) === 0) throw new Refusal('it is of nothing')
  const axes = builder.int32(
    node,
    'axes',
    x.shape.map((_, axis) => axis),
  )
  const sum = builder.step(
    node,
    'SUM',
    [builder.step(node, 'SQUARE', [x]), axes],
    { keep_dims: false },
    { shape: [] },
  )
  builder.emit(node, 'MUL', [sum, builder.scalar(node, 'half', 0.5)])
}

export const IMAGE: Record<string, Lowering> = {
  ResizeBilinear: resize('RESIZE_BILINEAR'),
  ResizeNearestNeighbor: resize('RESIZE_NEAREST_NEIGHBOR'),
  LRN: localResponse,
  L2Loss: squares,
}
