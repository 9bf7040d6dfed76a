import { sameShape } from '../../../../graph.ts'
import type { Value } from '../draft.ts'
import { alike, type Fusion, madeBy, open } from './fusion.ts'

/** A RESHAPE to the shape that is there, and one after another. */
const reshapes: Fusion = {
  on: ['RESHAPE'],
  rewrite(operation, draft) {
    const [x, shape] = operation.inputs as [Value, Value]
    const [result] = operation.outputs as [Value]
    if (alike(x, result)) {
      draft.replace(result, x)
      return true
    }
    const before = madeBy(x, 'RESHAPE')
    if (!before) return false
    draft.read(operation, [before.inputs[0], shape])
    return true
  },
}

const orderOf = (value: Value): number[] => Array.from(value.data as Int32Array)

/** A TRANSPOSE that changes nothing, follows another, or only moves axes of size 1. */
const transposes: Fusion = {
  on: ['TRANSPOSE'],
  rewrite(operation, draft) {
    const [x, perm] = operation.inputs as [Value, Value]
    const [result] = operation.outputs as [Value]
    const order = orderOf(perm)
    if (order.every((axis, i) => axis === i)) {
      draft.replace(result, x)
      return true
    }
    const before = madeBy(x, 'TRANSPOSE')
    if (before) {
      const [source, first] = before.inputs as [Value, Value]
      const joined = Int32Array.from(order, axis => orderOf(first)[axis] as number)
      draft.read(operation, [source, draft.value({ ...perm, data: joined })])
      return true
    }
    // An open batch may be more than 1 when it runs.
    const wide = order.filter(axis => open(x)[axis] !== 1)
    if (wide.some((axis, i) => i > 0 && axis < (wide[i - 1] as number))) return false
    if (open(x).filter(size => size < 0).length > 1) return false
    const sizes = open(result)
    const shape = draft.value({
      ...perm,
      name: `${perm.name}_shape`,
      shape: [sizes.length],
      data: Int32Array.from(sizes),
    })
    draft.become(operation, 'RESHAPE', [x, shape], { new_shape: [...sizes] })
    return true
  },
}

/** FULLY_CONNECTED flattens by itself: a RESHAPE before it that keeps the last axis is not needed. */
const flattenedBefore: Fusion = {
  on: ['FULLY_CONNECTED'],
  rewrite(operation, draft) {
    const [flat, weights, bias] = operation.inputs as [Value, Value, Value | undefined]
    const before = madeBy(flat, 'RESHAPE')
    const x = before?.inputs[0]
    if (!x || operation.options.keep_num_dims || flat.shape.length !== 2) return false
    if (x.shape.length < 2 || x.shape.at(-1) !== weights.shape[1]) return false
    draft.read(operation, [x, weights, bias])
    return true
  },
}

/** A RESHAPE behind it that gives the rows their axes back is what it does itself when told to keep them. */
const rowsBehind: Fusion = {
  on: ['RESHAPE'],
  rewrite(operation, draft) {
    const [y] = operation.inputs as [Value]
    const dense = madeBy(y, 'FULLY_CONNECTED')
    const [result] = operation.outputs as [Value]
    if (!dense || !draft.isOnlyFor(y, operation)) return false
    const [x] = dense.inputs as [Value]
    const width = y.shape.at(-1) as number
    if (!sameShape([...x.shape.slice(0, -1), width], result.shape)) return false
    if (!sameShape([...open(x).slice(0, -1), width], open(result))) return false
    dense.options = { ...dense.options, keep_num_dims: result.shape.length > 2 }
    draft.absorb(dense, operation)
    return true
  },
}

const REDUCTIONS = ['MEAN', 'SUM', 'REDUCE_MAX', 'REDUCE_MIN', 'REDUCE_PROD', 'REDUCE_ANY', 'REDUCE_ALL']

/** A reduction whose axes are brought back by a RESHAPE keeps them in the first place. */
const axesBroughtBack: Fusion = {
  on: ['RESHAPE'],
  rewrite(operation, draft) {
    const [y] = operation.inputs as [Value]
    const reduction = madeBy(y, ...REDUCTIONS)
    const [result] = operation.outputs as [Value]
    if (!reduction || reduction.options.keep_dims || !draft.isOnlyFor(y, operation)) return false
    const [x, axes] = reduction.inputs as [Value, Value]
    const gone = Array.from(axes.data as Int32Array)
    const kept = (sizes: number[]) => sizes.map((size, axis) => (gone.includes(axis) ? 1 : size))
    if (!sameShape(kept(x.shape), result.shape) || !sameShape(kept(open(x)), open(result))) return false
    reduction.options = { ...reduction.options, keep_dims: true }
    draft.absorb(reduction, operation)
    return true
  },
}

export const SHAPES: Fusion[] = [reshapes, transposes, flattenedBefore, rowsBehind, axesBroughtBack]
