import { attrOf, sizeOf, type Tensor } from '../graph.ts'
import {
  allocate,
  axisOf,
  elements,
  filled,
  isBig,
  moved,
  numbers,
  Unevaluable,
  whole,
  wholes,
} from './elements.ts'
import { inputAt, type Kernel } from './kernel.ts'

function scalar(tensor: Tensor): number {
  if (sizeOf(tensor.shape) !== 1) throw new Unevaluable('a scalar is missing')
  return numbers(tensor)[0] as number
}

/** Tensors made out of a few numbers. */
export const filling: Record<string, Kernel> = {
  Fill: call => {
    const value = inputAt(call, 1)
    if (value.shape.length > 0) throw new Unevaluable('a scalar is missing')
    return [moved(value, wholes(call.inputs[0]), call.limit, () => 0)]
  },
  ZerosLike: call => [allocate(inputAt(call, 0).dtype, inputAt(call, 0).shape, call.limit)],
  OnesLike: call => {
    const { dtype, shape } = inputAt(call, 0)
    return [filled(dtype, shape, call.limit, () => (isBig(dtype) ? 1n : 1))]
  },
  Range: call => {
    const { dtype } = inputAt(call, 0)
    const [start, limit, delta] = [0, 1, 2].map(i => scalar(inputAt(call, i))) as [number, number, number]
    if (!delta) throw new Unevaluable('no step')
    const count = Math.max(0, Math.ceil((limit - start) / delta))
    return [
      filled(dtype, [count], call.limit, i => (isBig(dtype) ? BigInt(start + i * delta) : start + i * delta)),
    ]
  },
  LinSpace: call => {
    const { dtype } = inputAt(call, 0)
    const [start, stop, count] = [scalar(inputAt(call, 0)), scalar(inputAt(call, 1)), whole(call.inputs[2])]
    if (count < 1) throw new Unevaluable('no steps')
    const step = count === 1 ? 0 : (stop - start) / (count - 1)
    return [filled(dtype, [count], call.limit, i => (i === count - 1 && i > 0 ? stop : start + i * step))]
  },
  OneHot: call => {
    const picked = inputAt(call, 0)
    const [depth, on, off] = [whole(call.inputs[1]), inputAt(call, 2), inputAt(call, 3)]
    const asked = attrOf(call.node, 'axis', 'int') ?? -1
    const axis = axisOf(asked, picked.shape.length + 1)
    const shape = [...picked.shape.slice(0, axis), depth, ...picked.shape.slice(axis)]
    const inner = sizeOf(picked.shape.slice(axis))
    const which = wholes(picked)
    const [yes, no] = [elements(on)[0], elements(off)[0]]
    if (on.dtype !== off.dtype || yes === undefined || no === undefined) throw new Unevaluable('no values')
    return [
      filled(on.dtype, shape, call.limit, i => {
        const outer = Math.floor(i / (depth * inner))
        const hot = which[outer * inner + (i % inner)] === Math.floor(i / inner) % depth
        return hot ? yes : no
      }),
    ]
  },
}
