import { slicesOf, taken } from '../slices.ts'
import type { Elements, Rule } from './rule.ts'

/** One axis of the answer: what is taken of which axis of the input, or an axis that is new. */
interface Cut {
  size: number
  /** The first element and the step, where they are known. */
  from?: number
  step?: number
  dropped: boolean
}

/** `x[1:, ..., tf.newaxis, -1]`: begin, end and stride by axis. */
export const strided: Rule = call => {
  const { dtype, shape, elements } = call.input(0)
  const strides = call.whole(3)
  const [begin, end] = [call.input(1).elements, call.input(2).elements]
  const slices = shape && strides && slicesOf(call.node, strides.length, shape.length)
  if (!slices) return { dtype, shape: undefined }
  let axis = 0
  const cuts = slices.map((slice): Cut => {
    if (slice.kind === 'new') return { size: 1, dropped: false }
    const size = shape[axis++] as number
    if (slice.kind === 'whole') return { size, from: 0, step: 1, dropped: false }
    const { at, openBegin, openEnd, single } = slice
    const [first, last, step] = [begin?.[at], end?.[at], strides[at] as number]
    if (single) return { size: 1, from: fromEnd(first, size), step: 1, dropped: true }
    const isKnown = size >= 0 && (openBegin || first !== undefined) && (openEnd || last !== undefined)
    if (step === 0 || !isKnown) return { size: -1, dropped: false }
    const { from, count } = taken(size, openBegin ? undefined : first, openEnd ? undefined : last, step)
    return { size: count, from, step, dropped: false }
  })
  const kept = cuts.filter(({ dropped }) => !dropped).map(({ size }) => size)
  return { dtype, shape: kept, elements: shape.length === 1 ? picked(elements, cuts) : undefined }
}

const fromEnd = (place: number | undefined, size: number): number | undefined =>
  place === undefined || (place < 0 && size < 0) ? undefined : place < 0 ? place + size : place

/** The elements of a vector that the one cut of it takes. */
function picked(elements: Elements | undefined, cuts: Cut[]): Elements | undefined {
  const found = cuts.find(({ from }) => from !== undefined)
  if (!elements || found?.from === undefined) return undefined
  return Array.from(
    { length: found.size },
    (_, i) => elements[(found.from as number) + i * (found.step ?? 1)],
  )
}
