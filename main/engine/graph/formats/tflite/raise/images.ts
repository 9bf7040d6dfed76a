import { attr } from '../../../graph.ts'
import type { Call, Raise } from './call.ts'

const resize =
  (op: string): Raise =>
  call =>
    call.add(op, [call.input(0), call.input(1)], {
      T: attr.type(call.dtype(0)),
      align_corners: attr.bool(call.flag('align_corners')),
      half_pixel_centers: attr.bool(call.flag('half_pixel_centers')),
    })

const blocks =
  (op: string): Raise =>
  call =>
    call.add(op, [call.input(0)], {
      T: attr.type(call.dtype(0)),
      block_size: attr.int(call.number('block_size')),
      data_format: attr.string('NHWC'),
    })

const batches = (call: Call, op: string, edges: string) =>
  call.add(op, [call.input(0), call.input(1), call.input(2)], {
    T: attr.type(call.dtype(0)),
    Tblock_shape: attr.type(call.dtype(1)),
    [edges]: attr.type(call.dtype(2)),
  })

export const images: Record<string, Raise> = {
  RESIZE_BILINEAR: resize('ResizeBilinear'),
  RESIZE_NEAREST_NEIGHBOR: resize('ResizeNearestNeighbor'),
  SPACE_TO_DEPTH: blocks('SpaceToDepth'),
  DEPTH_TO_SPACE: blocks('DepthToSpace'),
  SPACE_TO_BATCH_ND: call => batches(call, 'SpaceToBatchND', 'Tpaddings'),
  BATCH_TO_SPACE_ND: call => batches(call, 'BatchToSpaceND', 'Tcrops'),
}
