import { broadcastShape, stretched } from './broadcast.ts'
import { allocate, moved, Unevaluable, within } from './elements.ts'
import { inputAt, type Kernel } from './kernel.ts'

/** One of two tensors, element by element. */
export const selection: Record<string, Kernel> = {
  SelectV2: call => {
    const [which, a, b] = [inputAt(call, 0), inputAt(call, 1), inputAt(call, 2)]
    if (which.dtype !== 'bool' || a.dtype !== b.dtype) throw new Unevaluable('types do not fit')
    const shape = broadcastShape(which.shape, a.shape, b.shape)
    within(a.dtype, shape, call.limit)
    const [ask, yes, no] = [which, a, b].map(tensor => stretched(tensor.shape, shape))
    const made = allocate(a.dtype, shape, call.limit)
    const to = made.data as Float32Array
    const place = (from: Int32Array | undefined, i: number) => (from ? (from[i] as number) : i)
    for (let i = 0; i < to.length; i++)
      to[i] = (which.data[place(ask, i)] ? a.data[place(yes, i)] : b.data[place(no, i)]) as number
    return [made]
  },
  Select: call => {
    const [which, a, b] = [inputAt(call, 0), inputAt(call, 1), inputAt(call, 2)]
    if (which.dtype !== 'bool' || a.dtype !== b.dtype || a.shape.join() !== b.shape.join())
      throw new Unevaluable('types do not fit')
    // The condition is for each element, for each row, or for all.
    const each = a.data.length / which.data.length
    const rows = which.shape.length <= 1 && (which.shape.length === 0 || which.shape[0] === a.shape[0])
    if (which.shape.join() !== a.shape.join() && !rows) throw new Unevaluable('shapes do not fit')
    const both = { ...a, data: a.data }
    const made = moved(both, a.shape, call.limit, i => i)
    const to = made.data as Float32Array
    for (let i = 0; i < to.length; i++) if (!which.data[Math.floor(i / each)]) to[i] = b.data[i] as number
    return [made]
  },
}
