import type { Cell } from '#contract'
import { columnOf, type NumberFeature } from '../spec.ts'
import { EXPECTS, type Fitter, single, wrongType } from './kind.ts'
import { Moments, scale } from './scale.ts'

/** Integers beyond 2^53 come as text. */
export const BIG_INTEGER = /^-?\d{16,40}$/

/** The number in a cell; NaN where it is missing. What is not finite counts as missing: JSON can only write null for it. */
export function numberIn(cell: Cell | undefined, name: string, row: number): number {
  if (typeof cell === 'number') return Number.isFinite(cell) ? cell : Number.NaN
  if (cell === null || cell === undefined) return Number.NaN
  if (typeof cell === 'string' && BIG_INTEGER.test(cell)) return Number(cell)
  throw wrongType(name, row, EXPECTS.float, cell)
}

export const number = single<NumberFeature>(
  spec => (spec.missing ? 2 : 1),
  (spec, cells, out, offset, stride) => {
    const { mean, deviation, missing } = spec
    const name = columnOf(spec)
    for (let row = 0, at = offset; row < cells.length; row++, at += stride) {
      const value = numberIn(cells[row], name, row)
      if (!Number.isNaN(value)) out[at] = scale(value, mean, deviation)
      else if (missing) out[at + 1] = 1
    }
  },
)

export function fitNumber(name: string, type: NumberFeature['type']): Fitter {
  const moments = new Moments()
  let missing = 0
  return {
    add(cells) {
      for (let row = 0; row < cells.length; row++) {
        const value = numberIn(cells[row], name, row)
        if (Number.isNaN(value)) missing++
        else moments.add(value)
      }
    },
    finish() {
      const idle = moments.idle(missing)
      if (idle) return idle
      if (!moments.constant && !moments.usable)
        return 'its values are too far apart, or too close, to be scaled'
      return {
        kind: 'number',
        name,
        type,
        ...moments.scaling,
        missing: missing > 0,
      }
    },
  }
}
