import type { TransformStep } from '#contract'
import { figuresWidth, type WindowFeature, type WindowRule } from '../spec.ts'
import { IDLE } from './kind.ts'
import { Moments, scale } from './scale.ts'

type WindowStep = Extract<TransformStep, { kind: 'window' }>

/** What a window holds, of the step that a person chose. */
export const ruleOf = ({ figures, rows, seconds, lateness, current }: WindowStep): WindowRule => ({
  figures: [...new Set(figures)],
  ...(rows === undefined ? {} : { rows }),
  ...(seconds === undefined ? {} : { seconds }),
  lateness,
  current,
})

export const windowWidth = ({ window, missing }: WindowFeature): number =>
  figuresWidth(window) + Number(missing)

/** Which figure each of the columns of a window is of. */
const placesOf = ({ figures, rows = 0 }: WindowRule): number[] =>
  figures.flatMap((figure, i) => (figure === 'values' ? new Array<number>(rows).fill(i) : [i]))

/** Writes the figures of windows, which a memory or a history took, into encoded rows. */
export function encodeWindow(
  { window, scaling, missing }: WindowFeature,
  figures: Float64Array,
  rows: number,
  out: Float32Array,
  offset: number,
  stride: number,
): void {
  const of = placesOf(window)
  const width = of.length
  for (let row = 0, at = offset; row < rows; row++, at += stride) {
    let none = false
    for (let i = 0; i < width; i++) {
      const value = figures[row * width + i] as number
      const { mean, deviation } = scaling[of[i] as number] as { mean: number; deviation: number }
      if (Number.isFinite(value)) out[at + i] = scale(value, mean, deviation)
      else none = true
    }
    if (none && missing) out[at + width] = 1
  }
}

/** Fits the scaling of a window's figures. */
export function fitWindow(name: string, columns: string[], window: WindowRule) {
  const moments = window.figures.map(() => new Moments())
  const of = placesOf(window)
  let missing = false
  return {
    add(figures: Float64Array) {
      const width = of.length
      for (let at = 0; at < figures.length; at++) {
        const value = figures[at] as number
        if (Number.isFinite(value)) moments[of[at % width] as number]?.add(value)
        else missing = true
      }
    },
    finish(): WindowFeature | string {
      if (moments.every(each => each.count === 0)) return IDLE.empty
      if (moments.every(each => each.constant) && !missing) return 'all its windows are the same'
      return {
        kind: 'window',
        name,
        columns,
        window,
        scaling: moments.map(each =>
          each.count && (each.constant || each.usable) ? each.scaling : { mean: 0, deviation: 1 },
        ),
        missing,
      }
    },
  }
}
