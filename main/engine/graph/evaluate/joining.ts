import { attrOf, sizeOf, type Tensor } from '../graph.ts'
import {
  allocate,
  axisOf,
  type Limit,
  moved,
  places,
  stridesOf,
  Unevaluable,
  whole,
  wholes,
  within,
} from './elements.ts'
import { inputAt, type Kernel } from './kernel.ts'

function concat(parts: Tensor[], along: number, limit: Limit): Tensor {
  const [first] = parts
  if (!first) throw new Unevaluable('nothing to join')
  const axis = axisOf(along, first.shape.length)
  for (const { dtype, shape } of parts)
    if (
      dtype !== first.dtype ||
      shape.length !== first.shape.length ||
      shape.some((size, i) => i !== axis && size !== first.shape[i])
    )
      throw new Unevaluable('parts do not fit')
  const total = parts.reduce((sum, { shape }) => sum + (shape[axis] as number), 0)
  const made = allocate(first.dtype, first.shape.with(axis, total), limit)
  const inner = sizeOf(first.shape.slice(axis + 1))
  const outer = sizeOf(first.shape.slice(0, axis))
  const to = made.data as Float32Array
  let offset = 0
  for (const { shape, data } of parts) {
    const length = (shape[axis] as number) * inner
    for (let i = 0; i < outer; i++)
      to.set((data as Float32Array).subarray(i * length, (i + 1) * length), i * total * inner + offset)
    offset += length
  }
  return made
}

/** Rows before and after along each axis. */
function paddings(tensor: Tensor | undefined, rank: number): [number, number][] {
  const flat = wholes(tensor)
  if (flat.length !== 2 * rank || flat.some(size => size < 0)) throw new Unevaluable('no paddings')
  return Array.from({ length: rank }, (_, axis) => [flat[2 * axis] as number, flat[2 * axis + 1] as number])
}

function padded(source: Tensor, pads: [number, number][], value: Tensor | undefined, limit: Limit): Tensor {
  const shape = source.shape.map((size, axis) => size + (pads[axis]?.[0] ?? 0) + (pads[axis]?.[1] ?? 0))
  const made = allocate(source.dtype, shape, limit)
  const to = made.data as Float32Array
  if (value) {
    if (value.dtype !== source.dtype || value.data.length !== 1) throw new Unevaluable('no value to pad with')
    to.fill(value.data[0] as number)
  }
  const strides = stridesOf(shape)
  const start = pads.reduce((sum, [before], axis) => sum + before * (strides[axis] as number), 0)
  const at = places(source.shape, strides, start)
  const data = source.data as Float32Array
  for (let i = 0; i < at.length; i++) to[at[i] as number] = data[i] as number
  return made
}

/** Tensors put together out of others, or of themselves again. */
export const joining: Record<string, Kernel> = {
  Concat: call => [concat(call.inputs.slice(1), whole(call.inputs[0]), call.limit)],
  ConcatV2: call => [concat(call.inputs.slice(0, -1), whole(call.inputs.at(-1)), call.limit)],
  Pack: call => {
    const { shape } = inputAt(call, 0)
    const axis = axisOf(attrOf(call.node, 'axis', 'int') ?? 0, shape.length + 1)
    const parts = call.inputs.map(part => ({
      ...part,
      shape: [...part.shape.slice(0, axis), 1, ...part.shape.slice(axis)],
    }))
    return [concat(parts, axis, call.limit)]
  },
  Tile: call => {
    const source = inputAt(call, 0)
    const times = wholes(call.inputs[1])
    if (times.length !== source.shape.length) throw new Unevaluable('no multiples')
    const shape = source.shape.map((size, axis) => size * (times[axis] as number))
    within(source.dtype, shape, call.limit)
    // Each axis in two: how often, and where in the source.
    const strides = stridesOf(source.shape)
    const from = places(
      source.shape.flatMap((size, axis) => [times[axis] as number, size]),
      strides.flatMap(stride => [0, stride]),
    )
    return [moved(source, shape, call.limit, i => from[i] as number)]
  },
  Pad: call => {
    const source = inputAt(call, 0)
    return [padded(source, paddings(call.inputs[1], source.shape.length), undefined, call.limit)]
  },
  PadV2: call => {
    const source = inputAt(call, 0)
    return [padded(source, paddings(call.inputs[1], source.shape.length), inputAt(call, 2), call.limit)]
  },
  MirrorPad: call => {
    const source = inputAt(call, 0)
    const pads = paddings(call.inputs[1], source.shape.length)
    const twice = attrOf(call.node, 'mode', 'string') === 'SYMMETRIC' ? 1 : 0
    const shape = source.shape.map((size, axis) => size + (pads[axis]?.[0] ?? 0) + (pads[axis]?.[1] ?? 0))
    within(source.dtype, shape, call.limit)
    const beyond = ([before, after]: [number, number], axis: number) =>
      Math.max(before, after) > Math.max(0, (source.shape[axis] as number) - 1 + twice)
    if (pads.some(beyond)) throw new Unevaluable('padded beyond the mirror')
    const strides = stridesOf(source.shape)
    const to = stridesOf(shape)
    return [
      moved(source, shape, call.limit, i =>
        shape.reduce((place, _, axis) => {
          const size = source.shape[axis] as number
          const at = (Math.floor(i / (to[axis] as number)) % (shape[axis] as number)) - (pads[axis]?.[0] ?? 0)
          const inside = at < 0 ? -at - twice : at >= size ? 2 * size - 2 + twice - at : at
          return place + inside * (strides[axis] as number)
        }, 0),
      ),
    ]
  },
}
