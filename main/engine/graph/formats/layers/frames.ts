import { attr } from '../../graph.ts'
import type { GraphBuilder } from './builder.ts'
import type { Lowering } from './lowering.ts'
import type { Place } from './place.ts'
import { joined, sliced } from './shapes.ts'
import { channelsLast, padded } from './window.ts'

/** `2`, `[1, 2]` or `[[1, 0], [0, 2]]`: how much before and after along each inner axis. */
function frame(builder: GraphBuilder, option: string, axes: number, otherwise: unknown): [number, number][] {
  const given = builder.option<unknown>(option, otherwise)
  const list = Array.isArray(given) && (axes > 1 || Array.isArray(given[0])) ? given : [given]
  const whole = list.length === 1 && axes > 1 ? Array(axes).fill(list[0]) : list
  const pairs = whole.map((item): [number, number] =>
    Array.isArray(item) ? [Number(item[0]), Number(item[1])] : [Number(item), Number(item)],
  )
  if (pairs.length !== axes || pairs.flat().some(n => !Number.isSafeInteger(n) || n < 0))
    throw builder.damaged(`has ${JSON.stringify(given)} for "${option}"`)
  return pairs
}

/** Zeros around. */
const padding =
  (axes: 1 | 2 | 3): Lowering =>
  (builder, input) =>
    channelsLast(builder, inner(builder, input as Place, axes), x =>
      padded(builder, x, frame(builder, 'padding', axes, 1)),
    )

/** What lies around left out. */
const cropping =
  (axes: 1 | 2 | 3): Lowering =>
  (builder, input) =>
    channelsLast(builder, inner(builder, input as Place, axes), x => {
      const cuts: [number, number][] = [
        [0, 0],
        ...frame(builder, 'cropping', axes, axes === 1 ? [1, 1] : 0),
        [0, 0],
      ]
      const sizes = x.shape.map((size, i) => {
        const [before, after] = cuts[i] as [number, number]
        if (size >= 0) return size - before - after
        if (before + after > 0 && i > 0)
          throw builder.unsupported(
            'cuts an axis of which the size is open',
            'Build the model with a fixed size.',
          )
        return -1
      })
      if (sizes.some((size, i) => i > 0 && size < -1) || sizes.slice(1).includes(0))
        throw builder.damaged('cuts away more than there is')
      return sliced(
        builder,
        x,
        cuts.map(([before]) => before),
        sizes,
      )
    })

/** Each place as many times, or in between by a straight line. */
const upSampling =
  (axes: 1 | 2 | 3): Lowering =>
  (builder, input) =>
    channelsLast(builder, inner(builder, input as Place, axes), x => {
      const given = builder.option<number | number[]>('size', 2)
      const sizes = Array.isArray(given) ? given : Array<number>(axes).fill(given)
      const way = builder.option('interpolation', 'nearest')
      if (axes === 2)
        return resized(
          builder,
          x,
          [0, 1].map(i => (x.shape[i + 1] as number) * (sizes[i] as number)),
          way,
        )
      return repeated(builder, x, sizes)
    })

/** Each step of each inner axis several times in a row. */
function repeated(builder: GraphBuilder, x: Place, sizes: number[]): Place {
  return sizes.reduce((place, times, i) => {
    if (times === 1) return place
    const axis = i + 1
    const whole = place.shape[axis] as number
    if (whole < 0) throw builder.unsupported('repeats an axis of which the size is open')
    const parts = builder.addMany(
      'Split',
      'split',
      [builder.int('split/split_dim', axis), place],
      Array(whole).fill(place.shape.with(axis, 1)),
      { num_split: attr.int(whole) },
    )
    const all = parts.flatMap(part => Array<Place>(times).fill(part))
    return joined(builder, all, axis)
  }, x)
}

const WAYS: Record<string, string> = { nearest: 'ResizeNearestNeighbor', bilinear: 'ResizeBilinear' }

/** An image of another size, as TensorFlow 2 does it: pixels are squares with their centers in the middle. */
export function resized(builder: GraphBuilder, x: Place, size: number[], way: string): Place {
  const op = Object.hasOwn(WAYS, way) ? WAYS[way] : undefined
  if (!op) throw builder.unsupported(`scales images by the method "${way}"`)
  if (size.some(n => n < 1))
    throw builder.unsupported(
      'scales an image of which the size is open',
      'Build the model with a fixed size.',
    )
  const suffix = op === 'ResizeBilinear' ? 'resize/ResizeBilinear' : 'resize/ResizeNearestNeighbor'
  const shape = [-1, ...size, x.shape.at(-1) as number]
  const float = op === 'ResizeBilinear' ? 'float32' : x.dtype
  return builder.add(
    op,
    suffix,
    [x, builder.ints('resize/size', size)],
    shape,
    { align_corners: attr.bool(false), half_pixel_centers: attr.bool(true) },
    float,
  )
}

function inner(builder: GraphBuilder, input: Place, axes: number): Place {
  if (input.shape.length !== axes + 2)
    throw builder.unsupported(`takes ${axes + 2} axes, but its input has ${input.shape.length}`)
  return input
}

export const zeroPadding1D = padding(1)
export const zeroPadding2D = padding(2)
export const zeroPadding3D = padding(3)
export const cropping1D = cropping(1)
export const cropping2D = cropping(2)
export const cropping3D = cropping(3)
export const upSampling1D = upSampling(1)
export const upSampling2D = upSampling(2)
export const upSampling3D = upSampling(3)
