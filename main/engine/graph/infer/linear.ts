import type { Shape } from '../graph.ts'
import type { Call, Rule } from './rule.ts'
import { broadcast } from './shapes.ts'

const at = (shape: Shape, index: number): number => shape?.at(index) ?? -1

const matMul: Rule = call => {
  const [a, b] = [call.input(0), call.input(1)]
  const rows = at(a.shape, call.bool('transpose_a', false) ? -1 : -2)
  const columns = at(b.shape, call.bool('transpose_b', false) ? -2 : -1)
  return { dtype: a.dtype, shape: [rows, columns] }
}

const batchMatMul =
  (left: string, right: string): Rule =>
  call => {
    const [a, b] = [call.input(0), call.input(1)]
    const dtype = call.type('Tout', a.dtype)
    if (!a.shape || !b.shape || a.shape.length < 2 || b.shape.length < 2) return { dtype, shape: undefined }
    const batch = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2))
    const rows = at(a.shape, call.bool(left, false) ? -1 : -2)
    const columns = at(b.shape, call.bool(right, false) ? -2 : -1)
    return { dtype, shape: batch && [...batch, rows, columns] }
  }

/** Sizes of the letters that each operand's part of the equation names; `...` stands for all between. */
function einsum(call: Call): Shape {
  const [left = '', right] = call.string('equation', '').replaceAll(' ', '').split('->')
  if (right === undefined) return undefined
  const sizes = new Map<string, number>()
  let between: Shape = []
  const terms = left.split(',')
  for (const [index, term] of terms.entries()) {
    const shape = call.input(index).shape
    if (!shape) return undefined
    const [before = '', after] = term.split('...')
    const letters = [...before, ...(after ?? '')]
    if (after === undefined ? letters.length !== shape.length : letters.length > shape.length)
      return undefined
    const note = (letter: string, size: number) => {
      if ((sizes.get(letter) ?? -1) <= 1) sizes.set(letter, size < 0 ? (sizes.get(letter) ?? -1) : size)
    }
    const tail = [...(after ?? '')]
    for (const [axis, letter] of [...before].entries()) note(letter, shape[axis] as number)
    for (const [axis, letter] of tail.entries())
      note(letter, shape[shape.length - tail.length + axis] as number)
    if (after !== undefined)
      between = broadcast(between, shape.slice(before.length, shape.length - tail.length))
  }
  const [before = '', after] = right.split('...')
  const named = (letters: string) => [...letters].map(letter => sizes.get(letter) ?? -1)
  if (after === undefined) return named(before)
  return between && [...named(before), ...between, ...named(after)]
}

/** Products of matrices. */
export const LINEAR: Record<string, Rule> = {
  MatMul: matMul,
  _FusedMatMul: matMul,
  SparseMatMul: call => {
    const [a, b] = [call.input(0), call.input(1)]
    return {
      dtype: 'float32',
      shape: [
        at(a.shape, call.bool('transpose_a', false) ? -1 : -2),
        at(b.shape, call.bool('transpose_b', false) ? -2 : -1),
      ],
    }
  },
  BatchMatMul: batchMatMul('adj_x', 'adj_y'),
  BatchMatMulV2: batchMatMul('adj_x', 'adj_y'),
  BatchMatMulV3: batchMatMul('adj_x', 'adj_y'),
  Einsum: call => ({ dtype: call.input(0).dtype, shape: einsum(call) }),
}
