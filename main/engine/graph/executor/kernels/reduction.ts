import type { Tensor as TfTensor } from '@tensorflow/tfjs'
import type { Tf } from '../../../tensor/index.ts'
import { evaluated } from '../evaluated.ts'
import { axisOf, type Family, flag, int, type Kernel, operandAt, tensorAt, wholes } from '../kernel.ts'

type Reduce = (tf: Tf, x: TfTensor, axes: number[], keep: boolean) => TfTensor

/** Along some axes, or all of them where the list is of all; an empty list leaves things as they are. */
const reducing =
  (compute: Reduce, type: 'float32' | 'bool' = 'float32'): Kernel =>
  call => {
    const { tf, node, inputs } = call
    const x = tensorAt(inputs, 0)
    const axes = [...new Set(wholes(operandAt(inputs, 1)).map(axis => axisOf(axis, x.rank)))]
    if (axes.length === 0) return x.clone()
    return (x.dtype !== type ? evaluated(call) : undefined) ?? compute(tf, x, axes, flag(node, 'keep_dims'))
  }

const place =
  (op: 'argMax' | 'argMin'): Kernel =>
  ({ tf, inputs }) => {
    const x = tensorAt(inputs, 0)
    const axis = inputs.length > 1 ? axisOf(wholes(operandAt(inputs, 1))[0] ?? 0, x.rank) : 0
    return tf[op](x, axis)
  }

const running =
  (op: 'cumsum' | 'cumprod'): Kernel =>
  call => {
    const { tf, node, inputs } = call
    const x = tensorAt(inputs, 0)
    const axis = axisOf(wholes(operandAt(inputs, 1))[0] ?? 0, x.rank)
    const exact = x.dtype !== 'float32' ? evaluated(call) : undefined
    return exact ?? tf[op](x, axis, flag(node, 'exclusive'), flag(node, 'reverse'))
  }

/** The largest values along the last axis with their places, the first of equal ones first. */
const topK: Kernel = ({ tf, node, inputs }) => {
  const x = tensorAt(inputs, 0)
  const k = inputs.length > 1 ? (wholes(operandAt(inputs, 1))[0] as number) : int(node, 'k')
  const size = x.shape.at(-1) as number
  if (!(k >= 0 && k <= size)) throw new Error(`there are no ${k} largest of ${size}`)
  const data = x.dataSync()
  const rows = size === 0 ? 0 : data.length / size
  const values = new Float32Array(rows * k)
  const places = new Int32Array(rows * k)
  for (let row = 0; row < rows; row++) {
    const from = row * size
    const order = Array.from({ length: size }, (_, i) => i).sort(
      (a, b) => (data[from + b] as number) - (data[from + a] as number) || a - b,
    )
    for (let i = 0; i < k; i++) {
      places[row * k + i] = order[i] as number
      values[row * k + i] = data[from + (order[i] as number)] as number
    }
  }
  const shape = x.shape.with(-1, k)
  const type = x.dtype === 'int32' ? 'int32' : 'float32'
  return [
    tf.tensor(type === 'int32' ? Int32Array.from(values) : values, shape, type),
    tf.tensor(places, shape, 'int32'),
  ]
}

/** Many values made into few. */
export const reduction: Family = {
  All: reducing((tf, x, axes, keep) => tf.all(x, axes, keep), 'bool'),
  Any: reducing((tf, x, axes, keep) => tf.any(x, axes, keep), 'bool'),
  ArgMax: place('argMax'),
  ArgMin: place('argMin'),
  Cumprod: running('cumprod'),
  Cumsum: running('cumsum'),
  EuclideanNorm: reducing((tf, x, axes, keep) => tf.sqrt(tf.sum(tf.square(x), axes, keep))),
  Max: reducing((tf, x, axes, keep) => tf.max(x, axes, keep)),
  Mean: reducing((tf, x, axes, keep) => tf.mean(x, axes, keep)),
  Min: reducing((tf, x, axes, keep) => tf.min(x, axes, keep)),
  NonMaxSuppressionV3: ({ tf, inputs }) => {
    const [count, overlap, score] = [2, 3, 4].map(i => Number(operandAt(inputs, i).data()[0]))
    return tf.image.nonMaxSuppression(
      tensorAt(inputs, 0),
      tensorAt(inputs, 1),
      count as number,
      overlap,
      score,
    )
  },
  Prod: reducing((tf, x, axes, keep) => tf.prod(x, axes, keep)),
  Sum: reducing((tf, x, axes, keep) => tf.sum(x, axes, keep)),
  TopK: topK,
  TopKV2: topK,
}
