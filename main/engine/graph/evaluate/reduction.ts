import { attrOf, type DataType, sizeOf, type Tensor } from '../graph.ts'
import {
  axisOf,
  elements,
  filled,
  isBig,
  isFloat,
  larger,
  numbers,
  places,
  smaller,
  stridesOf,
  Unevaluable,
  wholes,
  within,
} from './elements.ts'
import { type Call, inputAt, type Kernel } from './kernel.ts'

/** The elements of a tensor in runs, one run for each element of the result. */
interface Runs {
  shape: number[]
  length: number
  /** The place in the source of the element `at` of the run `run`. */
  place(run: number, at: number): number
}

function runsOf(source: Tensor, axes: number[], keep: boolean): Runs {
  const reduced = new Set(axes.map(axis => axisOf(axis, source.shape.length)))
  const strides = stridesOf(source.shape)
  const all = source.shape.map((_, axis) => axis)
  const [inside, outside] = [all.filter(axis => reduced.has(axis)), all.filter(axis => !reduced.has(axis))]
  const pick = (list: number[], from: number[]) => from.map(axis => list[axis] as number)
  const starts = places(pick(source.shape, outside), pick(strides, outside))
  const steps = places(pick(source.shape, inside), pick(strides, inside))
  return {
    shape: keep
      ? source.shape.map((size, axis) => (reduced.has(axis) ? 1 : size))
      : pick(source.shape, outside),
    length: steps.length,
    place: (run, at) => (starts[run] as number) + (steps[at] as number),
  }
}

interface Reduction {
  start: number
  step: (sum: number, x: number) => number
  bigStart?: bigint
  bigStep?: (sum: bigint, x: bigint) => bigint
  end?: (sum: number, count: number) => number
  only?: 'float' | 'bool'
}

function reduce(call: Call, { start, step, bigStart, bigStep, end, only }: Reduction): Tensor {
  const source = inputAt(call, 0)
  const { dtype } = source
  if (only === 'bool' ? dtype !== 'bool' : dtype === 'bool') throw new Unevaluable('not for this type')
  if (only === 'float' && !isFloat(dtype)) throw new Unevaluable('not for this type')
  within(dtype, source.shape, call.limit)
  const { shape, length, place } = runsOf(
    source,
    wholes(call.inputs[1]),
    attrOf(call.node, 'keep_dims', 'bool') ?? false,
  )
  if (isBig(dtype)) {
    if (!bigStep || bigStart === undefined) throw new Unevaluable('not for this type')
    const data = source.data as BigInt64Array
    return filled(dtype, shape, call.limit, run => {
      let sum = bigStart
      for (let i = 0; i < length; i++) sum = bigStep(sum, data[place(run, i)] as bigint)
      return sum
    })
  }
  const data = elements(source) as ArrayLike<number>
  return filled(dtype, shape, call.limit, run => {
    let sum = start
    for (let i = 0; i < length; i++) sum = step(sum, data[place(run, i)] as number)
    return end ? end(sum, length) : sum
  })
}

const least = -(2n ** 63n)
const kernels = (table: Record<string, Reduction>): Record<string, Kernel> =>
  Object.fromEntries(Object.entries(table).map(([name, rule]) => [name, call => [reduce(call, rule)]]))

/** The place of the largest or smallest element along an axis, the first of equals. */
const argument =
  (better: (x: number, best: number) => boolean): Kernel =>
  call => {
    const source = inputAt(call, 0)
    const [axis = 0] = wholes(call.inputs[1])
    const { shape, length, place } = runsOf(source, [axis], false)
    const type: DataType = attrOf(call.node, 'output_type', 'type') ?? 'int64'
    if (length === 0 || (type !== 'int32' && type !== 'int64'))
      throw new Unevaluable('nothing to choose from')
    const data = numbers(source)
    return [
      filled(type, shape, call.limit, run => {
        let best = 0
        for (let i = 1; i < length; i++)
          if (better(data[place(run, i)] as number, data[place(run, best)] as number)) best = i
        return type === 'int64' ? BigInt(best) : best
      }),
    ]
  }

/** Running sums and products along an axis. */
const running =
  (start: number, step: (sum: number, x: number) => number): Kernel =>
  call => {
    const source = inputAt(call, 0)
    if (isBig(source.dtype)) throw new Unevaluable('not for this type')
    const [axis = 0] = wholes(call.inputs[1])
    const { length, place } = runsOf(source, [axis], false)
    const exclusive = attrOf(call.node, 'exclusive', 'bool') ?? false
    const back = attrOf(call.node, 'reverse', 'bool') ?? false
    const data = elements(source) as ArrayLike<number>
    const results = new Float64Array(sizeOf(source.shape))
    const runs = length === 0 ? 0 : results.length / length
    for (let run = 0; run < runs; run++) {
      let sum = start
      for (let i = 0; i < length; i++) {
        const at = place(run, back ? length - 1 - i : i)
        const next = step(sum, data[at] as number)
        results[at] = exclusive ? sum : next
        sum = next
      }
    }
    return [filled(source.dtype, source.shape, call.limit, i => results[i] as number)]
  }

/** Many numbers of a tensor to one. Sums of floats are taken in double precision. */
export const reduction: Record<string, Kernel> = {
  ...kernels({
    Sum: { start: 0, step: (sum, x) => sum + x, bigStart: 0n, bigStep: (sum, x) => sum + x },
    Prod: {
      start: 1,
      step: (sum, x) => sum * x,
      bigStart: 1n,
      bigStep: (sum, x) => BigInt.asIntN(64, sum * x),
    },
    Mean: { start: 0, step: (sum, x) => sum + x, end: (sum, count) => sum / count, only: 'float' },
    Max: {
      start: Number.NEGATIVE_INFINITY,
      step: Math.max,
      bigStart: least,
      bigStep: larger,
    },
    Min: {
      start: Number.POSITIVE_INFINITY,
      step: Math.min,
      bigStart: -least - 1n,
      bigStep: smaller,
    },
    All: { start: 1, step: (all, x) => (all && x ? 1 : 0), only: 'bool' },
    Any: { start: 0, step: (any, x) => (any || x ? 1 : 0), only: 'bool' },
  }),
  ArgMax: argument((x, best) => x > best),
  ArgMin: argument((x, best) => x < best),
  Cumsum: running(0, (sum, x) => sum + x),
  Cumprod: running(1, (sum, x) => sum * x),
  Softmax: call => [softmax(call, (x, sum) => Math.exp(x) / sum)],
  LogSoftmax: call => [softmax(call, (x, sum) => x - Math.log(sum))],
  L2Loss: call => {
    const source = inputAt(call, 0)
    if (!isFloat(source.dtype)) throw new Unevaluable('not for this type')
    const data = elements(source) as ArrayLike<number>
    let sum = 0
    for (let i = 0; i < data.length; i++) sum += (data[i] as number) ** 2
    return [filled(source.dtype, [], call.limit, () => sum / 2)]
  },
}

/** Over the last axis; the largest is taken off before the exponentials. */
function softmax(call: Call, compute: (x: number, sum: number) => number): Tensor {
  const source = inputAt(call, 0)
  if (!isFloat(source.dtype)) throw new Unevaluable('not for this type')
  const data = elements(source) as ArrayLike<number>
  const width = source.shape.at(-1) ?? 1
  const results = new Float64Array(data.length)
  for (let row = 0; row < data.length; row += width) {
    let top = Number.NEGATIVE_INFINITY
    let sum = 0
    for (let i = 0; i < width; i++) top = Math.max(top, data[row + i] as number)
    for (let i = 0; i < width; i++) sum += Math.exp((data[row + i] as number) - top)
    for (let i = 0; i < width; i++) results[row + i] = compute((data[row + i] as number) - top, sum)
  }
  return filled(source.dtype, source.shape, call.limit, i => results[i] as number)
}
