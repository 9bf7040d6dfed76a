import type { GraphNode } from '../../../../graph.ts'
import type { Builder, Lowering } from '../builder.ts'
import type { Value } from '../draft.ts'
import { Refusal } from '../refusal.ts'
import { int } from './attributes.ts'

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
  const has = (name: string, i: number) => (int(node, name) & (1 << i)) !== 0
  const isNew = (i: number) => has('new_axis_mask', i)
  const ellipsis = begin.findIndex((_, i) => has('ellipsis_mask', i))
  const taken = begin.filter((_, i) => !(isNew(i) && i !== ellipsis)).length - (ellipsis < 0 ? 0 : 1)
  const found = begin.flatMap((from, i): Span[] => {
    if (i === ellipsis) return new Array<Span>(rank - taken).fill(WHOLE)
    if (isNew(i)) return []
    return [
      {
        begin: from,
        end: end[i] as number,
        stride: strides[i] as number,
        openBegin: has('begin_mask', i),
        openEnd: has('end_mask', i),
        shrink: has('shrink_axis_mask', i),
      },
    ]
  })
  return [...found, ...new Array<Span>(Math.max(0, rank - found.length)).fill(WHOLE)]
}

/** How many elements a span takes of an axis, by the rules of Python's slices. */
function lengthOf(span: Span, size: number): number {
  if (span.shrink) return 1
  const back = span.stride < 0
  const clamp = (at: number) => {
    const plain = at < 0 ? at + size : at
    return Math.min(Math.max(plain, back ? -1 : 0), back ? size - 1 : size)
  }
  const from = span.openBegin ? (back ? size - 1 : 0) : clamp(span.begin)
  const to = span.openEnd ? (back ? -1 : size) : clamp(span.end)
  return Math.max(0, Math.ceil((to - from) / span.stride))
}

const stridedSlice: Lowering = (builder, node) => {
  const [x, result] = [builder.input(node, 0), builder.result(node)]
  const [begin, end, strides] = [builder.ints(node, 1), builder.ints(node, 2), builder.ints(node, 3)]
  const axes = spans(node, x.shape.length, begin, end, strides)
  if (axes.length !== x.shape.length) throw new Refusal('it slices more axes than there are')
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
