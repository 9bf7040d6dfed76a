import type { Shape } from '../graph.ts'
import { type Call, type Elements, type Known, MAX_ELEMENTS, MAX_OUTPUTS, type Rule } from './rule.ts'
import { axisOf, plus, rankBy, rankOnly, refine, shapeBy } from './shapes.ts'
import { strided } from './stridedSlice.ts'

/** Tensors behind each other along an axis. */
function joined(parts: Known[], axis: number | undefined): Known {
  const dtype = parts[0]?.dtype ?? 'float32'
  const rank = parts.find(part => part.shape)?.shape?.length
  if (rank === undefined) return { dtype, shape: undefined }
  const along = axisOf(axis, rank)
  if (along === undefined) return { dtype, shape: rankOnly(rank) }
  let shape: number[] | undefined
  for (const part of parts) {
    const next: number[] = part.shape ?? rankOnly(rank)
    if (next.length !== rank) return { dtype, shape: undefined }
    const size: number = shape ? plus(shape[along] as number, next[along] as number) : (next[along] as number)
    shape = (refine(shape?.with(along, -1) ?? next, next) as number[]).with(along, size)
  }
  return { dtype, shape, elements: rank === 1 ? chained(parts) : undefined }
}

/** Vectors behind each other; of one whose elements are not known at least the number must be. */
function chained(parts: Known[]): Elements | undefined {
  const elements: Elements = []
  for (const { shape, elements: own } of parts) {
    const size = shape?.[0] ?? -1
    if ((!own && size < 0) || elements.length + Math.max(0, size) > MAX_ELEMENTS) return undefined
    elements.push(...(own ?? new Array<undefined>(size).fill(undefined)))
  }
  return elements.some(element => element !== undefined) ? elements : undefined
}

const pack: Rule = call => {
  const [first] = call.inputs
  const dtype = first?.dtype ?? call.type('T', 'float32')
  const shape = call.inputs.reduce<Shape>((found, input) => refine(found, input.shape), undefined)
  const axis = shape && axisOf(call.int('axis', 0), shape.length + 1)
  if (!shape || axis === undefined) return { dtype, shape: undefined }
  const scalars = shape.length === 0 ? call.inputs.map(input => input.elements?.[0]) : []
  return {
    dtype,
    shape: shape.toSpliced(axis, 0, call.inputs.length),
    elements: scalars.some(element => element !== undefined) ? scalars : undefined,
  }
}

/** How many outputs an attribute says; a damaged one says billions. */
const parts = (call: Call, name: string) => Math.min(Math.max(0, call.int(name, 0)), MAX_OUTPUTS)

const unpack: Rule = call => {
  const { dtype, shape, elements } = call.input(0)
  const axis = shape && axisOf(call.int('axis', 0), shape.length)
  const part = axis === undefined ? undefined : shape?.filter((_, i) => i !== axis)
  return Array.from({ length: parts(call, 'num') }, (_, i) => {
    const element = shape?.length === 1 ? elements?.[i] : undefined
    return { dtype, shape: part, elements: element === undefined ? undefined : [element] }
  })
}

/** Equal parts along an axis. */
const split: Rule = call => {
  const { dtype, shape } = call.input(1)
  const number = parts(call, 'num_split')
  const axis = shape && axisOf(call.scalar(0), shape.length)
  const part =
    axis === undefined
      ? shape && rankOnly(shape.length)
      : shape?.map((size, i) => (i !== axis ? size : size < 0 || size % number !== 0 ? -1 : size / number))
  return new Array<Known>(number).fill({ dtype, shape: part })
}

/** Parts of given sizes along an axis; one of them may be -1, the rest. */
const splitBySizes: Rule = call => {
  const { dtype, shape } = call.input(0)
  const sizes = call.input(1).elements
  const number = parts(call, 'num_split')
  const axis = shape && axisOf(call.scalar(2), shape.length)
  return Array.from({ length: number }, (_, i) => {
    if (!shape || axis === undefined)
      return { dtype, shape: shape && (number === 1 ? shape : rankOnly(shape.length)) }
    const whole = shape[axis] as number
    let size = sizes?.[i] ?? -1
    const known = sizes?.every(each => each !== undefined)
    if (size < 0 && known && whole >= 0)
      size = whole - (sizes as number[]).reduce((sum, each) => sum + Math.max(0, each), 0)
    return { dtype, shape: shape.with(axis, size < 0 ? -1 : size) }
  })
}

const slice: Rule = call => {
  const { dtype, shape, elements } = call.input(0)
  const [begin, size] = [call.input(1).elements, call.input(2).elements]
  const rank = shape?.length ?? begin?.length ?? size?.length ?? rankBy(call.input(1)) ?? -1
  if (rank < 0) return { dtype, shape: undefined }
  const taken = Array.from({ length: rank }, (_, axis) => {
    const [from, length, whole] = [begin?.[axis], size?.[axis], shape?.[axis] ?? -1]
    if (length === undefined) return -1
    if (length >= 0) return length
    return whole < 0 || from === undefined ? -1 : Math.max(0, whole - from)
  })
  const [from, length] = [begin?.[0], taken[0] as number]
  const part =
    rank === 1 && from !== undefined && length >= 0 ? elements?.slice(from, from + length) : undefined
  return { dtype, shape: taken, elements: part?.length === length ? part : undefined }
}

const gather =
  (axisAt: (call: Call) => number | undefined): Rule =>
  call => {
    const [from, at] = [call.input(0), call.input(1)]
    const { dtype } = from
    if (!from.shape || !at.shape) return { dtype, shape: undefined }
    const batch = call.int('batch_dims', 0)
    const leading = batch < 0 ? batch + at.shape.length : batch
    const axis = axisOf(axisAt(call), from.shape.length)
    if (axis === undefined)
      return { dtype, shape: rankOnly(from.shape.length + at.shape.length - 1 - leading) }
    const shape = [...from.shape.slice(0, axis), ...at.shape.slice(leading), ...from.shape.slice(axis + 1)]
    const places = from.shape.length === 1 ? at.elements : undefined
    return { dtype, shape, elements: places?.map(i => (i === undefined ? undefined : from.elements?.[i])) }
  }

const gatherNd: Rule = call => {
  const [{ dtype, shape }, at] = [call.input(0), call.input(1).shape]
  const depth = at?.at(-1) ?? -1
  const batch = call.int('batch_dims', 0)
  return {
    dtype,
    shape: shape && at && depth >= 0 ? [...at.slice(0, -1), ...shape.slice(batch + depth)] : undefined,
  }
}

const scatterNd: Rule = call => ({ dtype: call.input(1).dtype, shape: shapeBy(call.input(2)) })

/** Places of the boxes that are kept; how many there are depends on the data. */
const suppressed =
  (outputs: (call: Call, size: number) => Known[]): Rule =>
  call =>
    outputs(call, call.bool('pad_to_max_output_size', false) ? (call.scalar(2) ?? -1) : -1)

const boxes: Known = { dtype: 'int32', shape: [-1] }

/** Operations that choose, cut or join parts of tensors. */
export const CHOOSE: Record<string, Rule> = {
  ConcatV2: call => joined(call.inputs.slice(0, -1), call.scalar(call.inputs.length - 1)),
  Concat: call => joined(call.inputs.slice(1), call.scalar(0)),
  Pack: pack,
  Unpack: unpack,
  ParallelConcat: call => ({ dtype: call.input(0).dtype, shape: call.shape('shape') }),
  Split: split,
  SplitV: splitBySizes,
  Slice: slice,
  StridedSlice: strided,
  Gather: gather(() => 0),
  GatherV2: gather(call => call.scalar(2)),
  ResourceGather: gather(() => 0),
  GatherNd: gatherNd,
  ScatterNd: scatterNd,
  Unique: call => [
    { dtype: call.input(0).dtype, shape: [-1] },
    { dtype: call.type('out_idx', 'int32'), shape: call.input(0).shape },
  ],
  DynamicStitch: call => ({ dtype: call.inputs.at(-1)?.dtype ?? 'float32', shape: undefined }),
  NonMaxSuppression: suppressed(() => [boxes]),
  NonMaxSuppressionV2: suppressed(() => [boxes]),
  NonMaxSuppressionV3: suppressed(() => [boxes]),
  NonMaxSuppressionV4: suppressed((_, size) => [
    { dtype: 'int32', shape: [size] },
    { dtype: 'int32', shape: [] },
  ]),
  NonMaxSuppressionV5: suppressed((call, size) => [
    { dtype: 'int32', shape: [size] },
    { dtype: call.input(0).dtype, shape: [size] },
    { dtype: 'int32', shape: [] },
  ]),
  SegmentSum: call => {
    const { dtype, shape } = call.input(0)
    return { dtype, shape: shape && [-1, ...shape.slice(1)] }
  },
  UnsortedSegmentSum: call => {
    const [{ dtype, shape }, ids] = [call.input(0), call.input(1).shape]
    return { dtype, shape: shape && ids && [call.scalar(2) ?? -1, ...shape.slice(ids.length)] }
  },
}
