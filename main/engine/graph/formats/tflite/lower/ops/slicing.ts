import type { GraphNode } from '../../../../graph.ts'
import { slicesOf, taken } from '../../../../slices.ts'
import type { Builder, Lowering } from '../builder.ts'
import type { Value } from '../draft.ts'
import { Refusal } from '../refusal.ts'

/** A slice of one axis, in the form of `begin:end:stride`; `whole` where it takes everything in order. */
interface Span {
  begin: number
  end: number
  stride: number
  openBegin: boolean
  openEnd: boolean
  shrink: boolean
}

const WHOLE: Span = { begin: 0, end: 0, stride: 1, openBegin: true, openEnd: true, shrink: false }

/** One span for each axis of the input: ellipses are written out, and axes that are new are left away. */
function spans(node: GraphNode, rank: number, begin: number[], end: number[], strides: number[]): Span[] {
  const slices = slicesOf(node, begin.length, rank)
  if (!slices) throw new Refusal('it slices more axes than there are')
  return slices.flatMap((slice): Span[] => {
    if (slice.kind === 'new') return []
    if (slice.kind === 'whole') return [WHOLE]
    const { at, openBegin, openEnd, single } = slice
    return [
      {
        begin: begin[at] as number,
        end: end[at] as number,
        stride: strides[at] as number,
        openBegin,
        openEnd,
        shrink: single,
      },
    ]
  })
}

/** How many elements a span takes of an axis. */
const lengthOf = ({ begin, end, stride, openBegin, openEnd, shrink }: Span, size: number): number =>
  shrink ? 1 : taken(size, openBegin ? undefined : begin, openEnd ? undefined : end, stride).count

const stridedSlice: Lowering = (builder, node) => {
  const [x, result] = [builder.input(node, 0), builder.result(node)]
  const [begin, end, strides] = [builder.ints(node, 1), builder.ints(node, 2), builder.ints(node, 3)]
  const axes = spans(node, x.shape.length, begin, end, strides)
  const taken = x.shape.map((size, axis) => lengthOf(axes[axis] as Span, size))
  const isWhole = axes.every((span, axis) => taken[axis] === x.shape[axis] && span.stride > 0)
  if (isWhole) return shaped(builder, node, x, result)
  const kept = taken.filter((_, axis) => !axes[axis]?.shrink)
  const open = x.signature?.map((size, axis) =>
    isOpen(axes[axis] as Span) && size < 0 ? -1 : (taken[axis] as number),
  )
  const keptOpen = open?.filter((_, axis) => !axes[axis]?.shrink)
  const isDirect = kept.join() === result.shape.join()
  const to = isDirect
    ? result
    : builder.draft.value({
        ...result,
        name: `${result.name}/slice`,
        shape: kept,
        signature: keptOpen?.includes(-1) ? keptOpen : undefined,
      })
  const mask = (is: (span: Span) => boolean) =>
    axes.reduce((bits, span, axis) => bits | (is(span) ? 1 << axis : 0), 0)
  // An end that is not known by number stands as 0 behind its mask.
  const list = (word: string, at: (span: Span) => number) => builder.int32(node, word, axes.map(at))
  builder.emit(
    node,
    'STRIDED_SLICE',
    [
      x,
      list('begin', span => (span.openBegin ? 0 : span.begin)),
      list('end', span => (span.openEnd ? 0 : Math.min(span.end, 2 ** 31 - 1))),
      list('strides', span => span.stride),
    ],
    {
      begin_mask: mask(span => span.openBegin && !span.shrink),
      end_mask: mask(span => span.openEnd && !span.shrink),
      ellipsis_mask: 0,
      new_axis_mask: 0,
      shrink_axis_mask: mask(span => span.shrink),
    },
    [to],
  )
  if (!isDirect) shaped(builder, node, to, result)
}

const isOpen = (span: Span): boolean => span.openEnd && span.openBegin

function shaped(builder: Builder, node: GraphNode, x: Value, result: Value): void {
  if (x.shape.join() === result.shape.join()) {
    builder.alias(node, x)
    return
  }
  const to = builder.target(node, result.shape, result.signature)
  builder.emit(node, 'RESHAPE', [x, to.input], { new_shape: to.sizes }, [result])
}

const slice: Lowering = (builder, node) => {
  const [x, result] = [builder.input(node, 0), builder.result(node)]
  const begin = builder.isKnown(node.inputs[1] ?? { node: '', port: 0 }) ? builder.ints(node, 1) : undefined
  const from = begin ? builder.int32(node, 'begin', begin) : whole(builder, node, builder.input(node, 1))
  if (begin?.every(at => at === 0) && x.shape.join() === result.shape.join()) return builder.alias(node, x)
  const follows = result.signature?.map((size, axis) => size < 0 && begin?.[axis] === 0)
  if (result.signature?.some((size, axis) => size < 0 && !follows?.[axis])) builder.fix(node.name)
  const sizes = result.shape.map((size, axis) => (follows?.[axis] ? -1 : size))
  builder.emit(node, 'SLICE', [x, from, builder.int32(node, 'size', sizes)])
}

/** 64-bit whole numbers in 32 bits. */
function whole(builder: Builder, node: GraphNode, value: Value): Value {
  if (value.type !== 'int64') return value
  return builder.step(
    node,
    'CAST',
    [value],
    { in_data_type: 'INT64', out_data_type: 'INT32' },
    { type: 'int32' },
  )
}

export const SLICING: Record<string, Lowering> = { StridedSlice: stridedSlice, Slice: slice }
