import type { Rule } from './rule.ts'
import { asShape, rankOnly, refine, times } from './shapes.ts'
import { layoutOf } from './window.ts'

/** Pictures of another size; bilinear and bicubic answers are float32 whatever went in. */
const resize =
  (float: boolean): Rule =>
  call => {
    const { dtype, shape } = call.input(0)
    const [height = -1, width = -1] = asShape(call.input(1).elements) ?? []
    return {
      dtype: float ? 'float32' : dtype,
      shape: [shape?.[0] ?? -1, height, width, shape?.[3] ?? -1],
    }
  }

const cropAndResize: Rule = call => {
  const [height = -1, width = -1] = asShape(call.input(3).elements) ?? []
  const boxes = refine([call.input(1).shape?.[0] ?? -1], [call.input(2).shape?.[0] ?? -1])?.[0] ?? -1
  return { dtype: 'float32', shape: [boxes, height, width, call.input(0).shape?.[3] ?? -1] }
}

/** Moves between rows, columns and channels: `block` is positive for space to depth. */
const rearranged =
  (toDepth: boolean): Rule =>
  call => {
    const { dtype, shape } = call.input(0)
    const [block, layout] = [call.int('block_size', 2), layoutOf(call, 2)]
    if (!layout || shape?.length !== 4) return { dtype, shape: layout ? rankOnly(4) : undefined }
    const divided = (size: number, by: number) => (size < 0 ? -1 : Math.floor(size / by))
    const moved = [...shape]
    for (const axis of layout.axes) {
      const size = shape[axis] as number
      moved[axis] = toDepth ? divided(size, block) : times(size, block)
    }
    const channels = shape[layout.channel] as number
    moved[layout.channel] = toDepth ? times(channels, block * block) : divided(channels, block * block)
    return { dtype, shape: moved }
  }

/** Operations that resize pictures or move their pixels. */
export const PICTURE: Record<string, Rule> = {
  ResizeBilinear: resize(true),
  ResizeBicubic: resize(true),
  ResizeArea: resize(true),
  ResizeNearestNeighbor: resize(false),
  ScaleAndTranslate: resize(true),
  CropAndResize: cropAndResize,
  SpaceToDepth: rearranged(true),
  DepthToSpace: rearranged(false),
}
