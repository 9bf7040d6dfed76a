import type { Tensor as TfTensor } from '@tensorflow/tfjs'
import type { Tf } from '../../tensor/index.ts'
import { type GraphNode, sizeOf } from '../graph.ts'
import { int } from './kernel.ts'

interface Span {
  from: number
  step: number
  size: number
}

/**
 * A part of each axis by begin, end and stride with TensorFlow's five masks (`strided_slice_op.cc`). The backend's own
 * operation is off where strides, negative places and dropped axes meet.
 */
export function stridedSlice(
  tf: Tf,
  node: GraphNode,
  x: TfTensor,
  [begin, end, strides]: [number[], number[], number[]],
): TfTensor {
  const [openBegin, openEnd, ellipsis, fresh, shrink] = [
    'begin_mask',
    'end_mask',
    'ellipsis_mask',
    'new_axis_mask',
    'shrink_axis_mask',
  ].map(name => int(node, name)) as [number, number, number, number, number]
  const has = (mask: number, i: number) => ((mask >> i) & 1) === 1
  const added = begin.filter((_, i) => has(fresh, i) && !has(ellipsis, i)).length
  const named = begin.filter((_, i) => !has(ellipsis, i)).length - added
  const spans: Span[] = []
  const shape: number[] = []
  const whole = () => {
    const size = x.shape[spans.length] as number
    spans.push({ from: 0, step: 1, size })
    shape.push(size)
  }
  begin.forEach((start, i) => {
    if (has(ellipsis, i)) {
      for (let rest = x.rank - named; rest > 0; rest--) whole()
      return
    }
    if (has(fresh, i)) {
      shape.push(1)
      return
    }
    const size = x.shape[spans.length] as number
    if (size === undefined) throw new Error('it names more axes than there are')
    const step = strides[i] as number
    if (step === 0) throw new Error('a stride is 0')
    if (has(shrink, i)) {
      const from = start < 0 ? start + size : start
      if (!(from >= 0 && from < size)) throw new Error(`place ${start} is not among ${size}`)
      spans.push({ from, step: 1, size: 1 })
      return
    }
    const [low, high] = step > 0 ? [0, size] : [-1, size - 1]
    const place = (at: number) => Math.min(Math.max(at < 0 ? at + size : at, low), high)
    const from = has(openBegin, i) ? (step > 0 ? low : high) : place(start)
    const to = has(openEnd, i) ? (step > 0 ? high : low) : place(end[i] as number)
    const count = Math.max(0, Math.ceil((to - from) / step))
    spans.push({ from, step, size: count })
    shape.push(count)
  })
  while (spans.length < x.rank) whole()
  return tf.reshape(cut(tf, x, spans), shape)
}

function cut(tf: Tf, x: TfTensor, spans: Span[]): TfTensor {
  const sizes = spans.map(({ size }) => size)
  if (sizeOf(sizes) === 0) return tf.tensor([], sizes, x.dtype)
  const plain = spans.map(({ from, step, size }, axis) =>
    step === 1 ? { from, size } : { from: 0, size: x.shape[axis] as number },
  )
  const sliced = tf.slice(
    x,
    plain.map(({ from }) => from),
    plain.map(({ size }) => size),
  )
  return spans.reduce((part, { from, step, size }, axis) => {
    if (step === 1) return part
    const places = Int32Array.from({ length: size }, (_, i) => from + i * step)
    return tf.gather(part, tf.tensor1d(places, 'int32'), axis)
  }, sliced)
}
