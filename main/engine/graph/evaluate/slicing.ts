import { attrOf, sizeOf, type Tensor } from '../graph.ts'
import { slicesOf, taken } from '../slices.ts'
import {
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
import { type Call, inputAt, type Kernel } from './kernel.ts'

function cut(source: Tensor, begin: number[], shape: number[], limit: Limit, step?: number[]): Tensor {
  within(source.dtype, shape, limit)
  const strides = stridesOf(source.shape)
  const start = begin.reduce((sum, at, axis) => sum + at * (strides[axis] as number), 0)
  const from = places(
    shape,
    strides.map((stride, axis) => stride * (step?.[axis] ?? 1)),
    start,
  )
  return moved(source, shape, limit, i => from[i] as number)
}

function parts(source: Tensor, along: number, sizes: number[], limit: Limit): Tensor[] {
  const axis = axisOf(along, source.shape.length)
  if (sizes.reduce((sum, size) => sum + size, 0) !== source.shape[axis] || sizes.some(size => size < 0))
    throw new Unevaluable('parts do not fit')
  let at = 0
  return sizes.map(size => {
    const begin = source.shape.map((_, i) => (i === axis ? at : 0))
    at += size
    return cut(source, begin, source.shape.with(axis, size), limit)
  })
}

function stridedSlice(call: Call): Tensor {
  const source = inputAt(call, 0)
  const [begin, end, steps] = [1, 2, 3].map(i => wholes(call.inputs[i])) as [number[], number[], number[]]
  const slices = slicesOf(call.node, begin.length, source.shape.length)
  if (begin.length !== end.length || begin.length !== steps.length || !slices)
    throw new Unevaluable('no slice')
  const starts: number[] = []
  const sizes: number[] = []
  const strides: number[] = []
  const shape: number[] = []
  const add = (from: number, count: number, step: number) => {
    starts.push(count > 0 ? from : 0)
    sizes.push(count)
    strides.push(step)
  }
  for (const slice of slices) {
    if (slice.kind === 'new') {
      shape.push(1)
      continue
    }
    const size = source.shape[starts.length] as number
    if (slice.kind === 'whole') {
      add(0, size, 1)
      shape.push(size)
      continue
    }
    const { at, openBegin, openEnd, single } = slice
    const step = steps[at] as number
    if (!step) throw new Unevaluable('no step')
    if (single) {
      add(axisOf(begin[at] as number, size), 1, 1)
      continue
    }
    const { from, count } = taken(
      size,
      openBegin ? undefined : begin[at],
      openEnd ? undefined : end[at],
      step,
    )
    add(from, count, step)
    shape.push(count)
  }
  return { ...cut(source, starts, sizes, call.limit, strides), shape }
}

function gather(source: Tensor, which: Tensor, along: number, batch: number, limit: Limit): Tensor {
  const axis = axisOf(along, source.shape.length)
  const picked = wholes(which)
  const size = source.shape[axis] as number
  if (batch < 0 || batch > axis || batch > which.shape.length) throw new Unevaluable('no such batch')
  if (picked.some(at => at < 0 || at >= size)) throw new Unevaluable('index out of range')
  const inner = sizeOf(source.shape.slice(axis + 1))
  const each = sizeOf(which.shape.slice(batch))
  const between = sizeOf(source.shape.slice(batch, axis))
  const shape = [...source.shape.slice(0, axis), ...which.shape.slice(batch), ...source.shape.slice(axis + 1)]
  return moved(source, shape, limit, i => {
    const column = i % inner
    const at = Math.floor(i / inner) % each
    const outer = Math.floor(i / (inner * each))
    const index = picked[Math.floor(outer / between) * each + at] as number
    return (outer * size + index) * inner + column
  })
}

/** Parts of tensors. */
export const slicing: Record<string, Kernel> = {
  Slice: call => {
    const source = inputAt(call, 0)
    const [begin, asked] = [wholes(call.inputs[1]), wholes(call.inputs[2])]
    const sizes = source.shape.map((size, axis) =>
      asked[axis] === -1 ? size - (begin[axis] as number) : (asked[axis] as number),
    )
    const outside = source.shape.some(
      (size, axis) =>
        !((begin[axis] as number) >= 0 && (begin[axis] as number) + (sizes[axis] as number) <= size),
    )
    if (begin.length !== source.shape.length || asked.length !== begin.length || outside)
      throw new Unevaluable('outside of the tensor')
    return [cut(source, begin, sizes, call.limit)]
  },
  StridedSlice: call => [stridedSlice(call)],
  Split: call => {
    const source = inputAt(call, 1)
    const along = axisOf(whole(call.inputs[0]), source.shape.length)
    const count = attrOf(call.node, 'num_split', 'int') ?? 1
    if (count < 1 || count > 4096) throw new Unevaluable('no such number of parts')
    return parts(source, along, Array(count).fill((source.shape[along] as number) / count), call.limit)
  },
  SplitV: call => {
    const source = inputAt(call, 0)
    const sizes = wholes(call.inputs[1])
    const along = axisOf(whole(call.inputs[2]), source.shape.length)
    const open = sizes.indexOf(-1)
    const rest = sizes.reduce(
      (sum, size, i) => (i === open ? sum : sum - size),
      source.shape[along] as number,
    )
    return parts(source, along, open < 0 ? sizes : sizes.with(open, rest), call.limit)
  },
  Unpack: call => {
    const source = inputAt(call, 0)
    const axis = axisOf(attrOf(call.node, 'axis', 'int') ?? 0, source.shape.length)
    const count = source.shape[axis] as number
    if (count > 4096) throw new Unevaluable('too many parts')
    const shape = source.shape.toSpliced(axis, 1)
    return parts(source, axis, Array(count).fill(1), call.limit).map(part => ({ ...part, shape }))
  },
  Gather: call => [gather(inputAt(call, 0), inputAt(call, 1), 0, 0, call.limit)],
  GatherV2: call => {
    const batch = attrOf(call.node, 'batch_dims', 'int') ?? 0
    const which = inputAt(call, 1)
    return [
      gather(
        inputAt(call, 0),
        which,
        whole(call.inputs[2]),
        batch < 0 ? batch + which.shape.length : batch,
        call.limit,
      ),
    ]
  },
  GatherNd: call => {
    const [source, which] = [inputAt(call, 0), inputAt(call, 1)]
    const depth = which.shape.at(-1)
    if (depth === undefined || depth > source.shape.length) throw new Unevaluable('no indices')
    const strides = stridesOf(source.shape)
    const inner = sizeOf(source.shape.slice(depth))
    const flat = wholes(which)
    if (flat.some((at, i) => at < 0 || at >= (source.shape[i % depth] as number)))
      throw new Unevaluable('index out of range')
    const shape = [...which.shape.slice(0, -1), ...source.shape.slice(depth)]
    return [
      moved(source, shape, call.limit, i => {
        const row = Math.floor(i / inner) * depth
        let place = i % inner
        for (let axis = 0; axis < depth; axis++)
          place += (flat[row + axis] as number) * (strides[axis] as number)
        return place
      }),
    ]
  },
  ReverseV2: call => {
    const source = inputAt(call, 0)
    const axes = new Set(wholes(call.inputs[1]).map(axis => axisOf(axis, source.shape.length)))
    const begin = source.shape.map((size, axis) => (axes.has(axis) ? size - 1 : 0))
    const step = source.shape.map((_, axis) => (axes.has(axis) ? -1 : 1))
    return [cut(source, begin, source.shape, call.limit, step)]
  },
}
