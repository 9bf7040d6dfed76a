import type { Cell } from '#contract'
import { type Moment, momentIn } from '../moment.ts'
import { type CalendarFeature, columnOf, type FeatureSpec } from '../spec.ts'
import { EXPECTS, type Fitter, single, wrongType } from './kind.ts'
import { Moments, scale } from './scale.ts'

/**
 * Sine and cosine of `n` steps round the circle, on a grid of 2^-24: machines whose sine differs in the last of 53
 * bits still get the same table.
 */
export const circle = (n: number): [number, number][] =>
  Array.from({ length: n }, (_, i) => {
    const angle = (2 * Math.PI * i) / n
    return [grid(Math.sin(angle)), grid(Math.cos(angle))]
  })
const grid = (value: number) => Math.round(value * 2 ** 24) / 2 ** 24 + 0

export const MONTHS = circle(12)
export const WEEKDAYS = circle(7)
export const HOURS = circle(24)

/** The moment in a cell; null where it is missing. */
export function momentOf(
  cell: Cell | undefined,
  name: string,
  type: CalendarFeature['type'],
  row: number,
): Moment | null {
  if (cell === null || cell === undefined) return null
  const moment = typeof cell === 'string' ? momentIn(cell) : null
  if (!moment) throw wrongType(name, row, EXPECTS[type], cell)
  return moment
}

/** Columns before the trend. */
const circles = (spec: CalendarFeature) => (spec.type === 'timestamp' ? 6 : 4)

export const calendar = single<CalendarFeature>(
  spec => circles(spec) + 1 + Number(spec.missing),
  (spec, cells, out, offset, stride) => {
    const trend = circles(spec)
    const name = columnOf(spec)
    for (let row = 0, at = offset; row < cells.length; row++, at += stride) {
      const moment = momentOf(cells[row], name, spec.type, row)
      if (!moment) {
        if (spec.missing) out[at + trend + 1] = 1
        continue
      }
      out.set(MONTHS[moment.month] as [number, number], at)
      out.set(WEEKDAYS[moment.weekday] as [number, number], at + 2)
      if (spec.type === 'timestamp') out.set(HOURS[moment.hour] as [number, number], at + 4)
      const days = Math.min(spec.last, Math.max(spec.first, moment.days))
      out[at + trend] = scale(days, spec.mean, spec.deviation)
    }
  },
)

/**
 * Reads a column of moments for a fit.
 * @param specOf what is made of the figures: the first and the last day, and what {@link scale} takes
 */
export function overMoments(
  name: string,
  type: CalendarFeature['type'],
  specOf: (
    figures: Pick<CalendarFeature, 'first' | 'last' | 'mean' | 'deviation' | 'missing'>,
  ) => FeatureSpec,
): Fitter {
  const moments = new Moments()
  let missing = 0
  return {
    add(cells) {
      for (let row = 0; row < cells.length; row++) {
        const moment = momentOf(cells[row], name, type, row)
        if (moment) moments.add(moment.days)
        else missing++
      }
    },
    finish() {
      const idle = moments.idle(missing)
      if (idle) return idle
      const range = { first: moments.min + 0, last: moments.max + 0 }
      return specOf({ ...range, ...moments.scaling, missing: missing > 0 })
    },
  }
}

export const fitCalendar = (name: string, type: CalendarFeature['type']): Fitter =>
  overMoments(name, type, figures => ({ kind: 'calendar', name, type, ...figures }))
