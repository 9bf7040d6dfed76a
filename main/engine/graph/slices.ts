import { attrOf, type GraphNode } from './graph.ts'

/** What `x[1:, ..., tf.newaxis, -1]` says axis by axis: an axis that is new, or what is taken of the input's next one. */
export type Slice =
  | { kind: 'new' }
  | { kind: 'whole' }
  | {
      kind: 'cut'
      /** Which of begin, end and strides says how. */
      at: number
      openBegin: boolean
      openEnd: boolean
      /** One element is taken, and the axis falls away. */
      single: boolean
    }

/**
 * A `StridedSlice` by its masks, which have one bit for each entry of begin, end and strides. After
 * `ValidateStridedSliceOp` of TensorFlow's `strided_slice_op.cc`.
 * @param entries how many begin, end and strides have
 * @param rank of the input
 * @returns undefined where it names more axes than there are, or leaves out axes in two places
 */
export function slicesOf(node: GraphNode, entries: number, rank: number): Slice[] | undefined {
  const mask = (name: string) => {
    const bits = attrOf(node, name, 'int') ?? 0
    return (i: number) => (bits & (1 << i)) !== 0
  }
  const [isNew, isEllipsis, isSingle] = [
    mask('new_axis_mask'),
    mask('ellipsis_mask'),
    mask('shrink_axis_mask'),
  ]
  const [openBegin, openEnd] = [mask('begin_mask'), mask('end_mask')]
  const all = Array.from({ length: entries }, (_, i) => i)
  const named = all.filter(i => !isEllipsis(i) && !isNew(i)).length
  const ellipses = all.filter(isEllipsis).length
  if (named > rank || ellipses > 1) return undefined
  const rest = new Array<Slice>(rank - named).fill({ kind: 'whole' })
  const slices = all.flatMap((at): Slice[] => {
    if (isEllipsis(at)) return rest
    if (isNew(at)) return [{ kind: 'new' }]
    return [{ kind: 'cut', at, openBegin: openBegin(at), openEnd: openEnd(at), single: isSingle(at) }]
  })
  return ellipses > 0 ? slices : [...slices, ...rest]
}

/**
 * What `begin:end:step` takes of an axis, by the rules of Python's slices.
 * @param begin undefined where it is left out, and so is `end`
 * @param step not 0
 */
export function taken(
  size: number,
  begin: number | undefined,
  end: number | undefined,
  step: number,
): { from: number; count: number } {
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1]
  const clamp = (place: number) => Math.min(Math.max(place < 0 ? place + size : place, low), high)
  const from = begin === undefined ? (step > 0 ? low : high) : clamp(begin)
  const to = end === undefined ? (step > 0 ? high : low) : clamp(end)
  return { from, count: Math.max(0, Math.ceil((to - from) / step)) }
}
