import type { Elements, Rule } from './rule.ts'

/** One axis of the answer: what is taken of which axis of the input, or an axis that is new. */
interface Cut {
  size: number
  /** The first element and the step, where they are known. */
  from?: number
  step?: number
  dropped: boolean
}

/**
 * `x[1:, ..., tf.newaxis, -1]`: begin, end and stride by axis, with one bit an axis in each mask. After
 * `ValidateStridedSliceOp` of TensorFlow's `strided_slice_op.cc`.
 */
export const strided: Rule = call => {
  const { dtype, shape, elements } = call.input(0)
  const strides = call.whole(3)
  const [begin, end] = [call.input(1).elements, call.input(2).elements]
  const length = strides?.length ?? -1
  if (!shape || !strides || length < 0) return { dtype, shape: undefined }
  const mask = (name: string) => {
    const bits = call.int(name, 0)
    return (i: number) => (bits & (1 << i)) !== 0
  }
  const [isNew, isEllipsis, isDropped] = [
    mask('new_axis_mask'),
    mask('ellipsis_mask'),
    mask('shrink_axis_mask'),
  ]
  const [openBegin, openEnd] = [mask('begin_mask'), mask('end_mask')]

  const cuts: Cut[] = []
  const entries = Array.from({ length }, (_, i) => i)
  const ellipsis = entries.find(isEllipsis)
  const named = entries.filter(i => i !== ellipsis && !isNew(i)).length
  const skipped = shape.length - named
  if (skipped < 0) return { dtype, shape: undefined }
  let axis = 0
  const whole = (count: number) => {
    for (let i = 0; i < count; i++)
      cuts.push({ size: shape[axis++] as number, from: 0, step: 1, dropped: false })
  }
  for (const i of entries) {
    if (i === ellipsis) whole(skipped)
    else if (isNew(i)) cuts.push({ size: 1, dropped: false })
    else {
      const step = strides[i] as number
      const size = shape[axis++] as number
      if (isDropped(i)) cuts.push({ size: 1, from: fromEnd(begin?.[i], size), step: 1, dropped: true })
      else cuts.push(cut(size, openBegin(i) ? 'open' : begin?.[i], openEnd(i) ? 'open' : end?.[i], step))
    }
  }
  if (ellipsis === undefined) whole(skipped)
  const taken = cuts.filter(({ dropped }) => !dropped).map(({ size }) => size)
  return { dtype, shape: taken, elements: shape.length === 1 ? picked(elements, cuts) : undefined }
}

const fromEnd = (place: number | undefined, size: number): number | undefined =>
  place === undefined || (place < 0 && size < 0) ? undefined : place < 0 ? place + size : place

/** What `begin:end:step` takes of an axis; `open` is an end that was left out. */
function cut(
  size: number,
  begin: number | 'open' | undefined,
  end: number | 'open' | undefined,
  step: number,
): Cut {
  if (step === 0 || begin === undefined || end === undefined || size < 0) return { size: -1, dropped: false }
  const clamp = (place: number, low: number, high: number) =>
    Math.min(Math.max(place < 0 ? place + size : place, low), high)
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1]
  const from = begin === 'open' ? (step > 0 ? low : high) : clamp(begin, low, high)
  const to = end === 'open' ? (step > 0 ? high : low) : clamp(end, low, high)
  return { size: Math.max(0, Math.ceil((to - from) / step)), from, step, dropped: false }
}

/** The elements of a vector that the one cut of it takes. */
function picked(elements: Elements | undefined, cuts: Cut[]): Elements | undefined {
  const found = cuts.find(({ from }) => from !== undefined)
  if (!elements || found?.from === undefined) return undefined
  return Array.from(
    { length: found.size },
    (_, i) => elements[(found.from as number) + i * (found.step ?? 1)],
  )
}
