import type { DatePart, TransformStep } from '#contract'
import type { Moment } from '../moment.ts'
import { columnOf, type PartsFeature } from '../spec.ts'
import { circle, HOURS, MONTHS, momentOf, overMoments, WEEKDAYS } from './calendar.ts'
import { type Fitter, single } from './kind.ts'
import { scale } from './scale.ts'

const DAYS = circle(31)

/** The parts that come round again, from 0. */
const ROUND: Record<
  Exclude<DatePart, 'trend'>,
  { circle: [number, number][]; of(moment: Moment): number }
> = {
  month: { circle: MONTHS, of: ({ month }) => month },
  day: { circle: DAYS, of: ({ day }) => day - 1 },
  weekday: { circle: WEEKDAYS, of: ({ weekday }) => weekday },
  hour: { circle: HOURS, of: ({ hour }) => hour },
}

const widthOf = (part: DatePart, as: PartsFeature['as']) =>
  part === 'trend' ? 1 : as === 'cycle' ? 2 : ROUND[part].circle.length

const partsWidth = ({ parts, as }: PartsFeature) => parts.reduce((sum, part) => sum + widthOf(part, as), 0)

export const parts = single<PartsFeature>(
  spec => partsWidth(spec) + Number(spec.missing),
  (spec, cells, out, offset, stride) => {
    const name = columnOf(spec)
    const none = partsWidth(spec)
    for (let row = 0, at = offset; row < cells.length; row++, at += stride) {
      const moment = momentOf(cells[row], name, spec.type, row)
      if (!moment) {
        if (spec.missing) out[at + none] = 1
        continue
      }
      let to = at
      for (const part of spec.parts) {
        if (part === 'trend')
          out[to] = scale(Math.min(spec.last, Math.max(spec.first, moment.days)), spec.mean, spec.deviation)
        else {
          const { circle, of } = ROUND[part]
          const place = of(moment)
          if (spec.as === 'cycle') out.set(circle[place] as [number, number], to)
          else out[to + place] = 1
        }
        to += widthOf(part, spec.as)
      }
    }
  },
)

type DateStep = Extract<TransformStep, { kind: 'date' }>

export const fitParts = (name: string, type: PartsFeature['type'], { parts, as }: DateStep): Fitter =>
  overMoments(name, type, figures => ({
    kind: 'parts',
    name,
    type,
    parts: [...new Set(parts)],
    as,
    ...figures,
  }))
