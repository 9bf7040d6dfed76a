import { attrOf, sizeOf, type Tensor } from '../graph.ts'
import { broadcastShape, stretched } from './broadcast.ts'
import { elements, filled, isFloat, type Limit, Unevaluable, within } from './elements.ts'
import { inputAt, type Kernel } from './kernel.ts'

/** Multiplications that are done while folding; a larger product belongs into the running graph. */
const WORK = 2 ** 28

function product(a: Tensor, b: Tensor, turnA: boolean, turnB: boolean, limit: Limit): Tensor {
  if (a.dtype !== b.dtype || !isFloat(a.dtype)) throw new Unevaluable('not for this type')
  if (a.shape.length < 2 || b.shape.length < 2) throw new Unevaluable('no matrices')
  const [rowsA, columnsA] = a.shape.slice(-2) as [number, number]
  const [rowsB, columnsB] = b.shape.slice(-2) as [number, number]
  const [rows, inner] = turnA ? [columnsA, rowsA] : [rowsA, columnsA]
  const [depth, columns] = turnB ? [columnsB, rowsB] : [rowsB, columnsB]
  if (inner !== depth) throw new Unevaluable('matrices do not fit')
  const batch = broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2))
  const shape = [...batch, rows, columns]
  within(a.dtype, shape, limit)
  if (sizeOf(shape) * inner > WORK) throw new Unevaluable('too much work')
  const [x, y] = [elements(a), elements(b)] as [ArrayLike<number>, ArrayLike<number>]
  const [fromA, fromB] = [stretched(a.shape.slice(0, -2), batch), stretched(b.shape.slice(0, -2), batch)]
  const [stepA, stepB] = [turnA ? columnsA : 1, turnB ? 1 : columnsB]
  return filled(a.dtype, shape, limit, i => {
    const column = i % columns
    const row = Math.floor(i / columns) % rows
    const which = Math.floor(i / (columns * rows))
    let atA = (fromA?.[which] ?? which) * rowsA * columnsA + (turnA ? row : row * columnsA)
    let atB = (fromB?.[which] ?? which) * rowsB * columnsB + (turnB ? column * columnsB : column)
    let sum = 0
    for (let k = 0; k < inner; k++, atA += stepA, atB += stepB) sum += (x[atA] as number) * (y[atB] as number)
    return sum
  })
}

const batched =
  (left: string, right: string): Kernel =>
  call => [
    product(
      inputAt(call, 0),
      inputAt(call, 1),
      attrOf(call.node, left, 'bool') ?? false,
      attrOf(call.node, right, 'bool') ?? false,
      call.limit,
    ),
  ]

/** Products of matrices, summed in double precision. */
export const products: Record<string, Kernel> = {
  MatMul: batched('transpose_a', 'transpose_b'),
  BatchMatMul: batched('adj_x', 'adj_y'),
  BatchMatMulV2: batched('adj_x', 'adj_y'),
  BiasAdd: call => {
    const [x, bias] = [inputAt(call, 0), inputAt(call, 1)]
    const first = attrOf(call.node, 'data_format', 'string') === 'NCHW'
    const axis = first ? 1 : x.shape.length - 1
    const size = x.shape[axis]
    if (x.dtype !== bias.dtype || !isFloat(x.dtype) || size !== bias.data.length)
      throw new Unevaluable('the bias does not fit')
    const inner = sizeOf(x.shape.slice(axis + 1))
    const [data, add] = [elements(x), elements(bias)] as [ArrayLike<number>, ArrayLike<number>]
    return [
      filled(
        x.dtype,
        x.shape,
        call.limit,
        i => (data[i] as number) + (add[Math.floor(i / inner) % size] as number),
      ),
    ]
  },
}
