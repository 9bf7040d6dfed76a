import type { Suggestion } from '#contract'
import { scaleOf } from './atoms.ts'
import { boundsOf, quantile } from './figures.ts'
import { differentShare, figure, NEAR_KEY, type Subject, type Suggests } from './suggestion.ts'
import { carefulTailOf } from './tail.ts'

/** Whole numbers that span no more than this are codes or classes: another one is news, not an error of measuring. */
const CODES = 10
/** Of so few rows, the least and the greatest value say little. */
const FEWEST = 20
/** Room on each side, as a part of what was seen. */
const ROOM = 0.25
/** A range is to hold for data so many times as large. */
const LARGER = 1000
/** Numbers from 0 that come this near to 1 are shares. */
const NEAR_ONE = 0.95
/** A distribution so even is one of serial numbers. */
const EVEN = 0.05

/** The range that numbers may have: what was seen, and room by how their tails thin out. */
export const range: Suggests = {
  feature(subject) {
    const { feature, figures, reference } = subject
    const { numbers } = figures
    if ((feature.type !== 'integer' && feature.type !== 'float') || !numbers) return null
    const had = feature.range ?? { min: null, max: null }
    if (had.min !== null && had.max !== null) return null
    const bounds = boundsOf(numbers)
    if (!bounds || figures.present < FEWEST || bounds[0] === bounds.at(-1)) return null
    const isWhole = feature.type === 'integer'
    if (isWhole && namesRows(subject, bounds)) return null
    const [low, high] = [numbers.min, numbers.max]
    const limits = limitsOf(bounds, figures.present, isWhole)
    const min = had.min ?? limits.min.value
    const max = had.max ?? limits.max.value
    if (min > low || max < high) return null
    const why = [had.min === null && limits.min.why, had.max === null && limits.max.why].filter(Boolean)
    return {
      id: `${feature.name}.range`,
      feature: feature.name,
      kind: 'range',
      title: `${feature.name} from ${figure(min)} to ${figure(max)}`,
      why: `Seen ${figure(low)} to ${figure(high)} in ${figure(figures.present)} values of ${reference.title}; ${why.join('; ')}.`,
      now:
        had.min !== null
          ? `${feature.name} from ${figure(had.min)}`
          : had.max !== null
            ? `${feature.name} up to ${figure(had.max)}`
            : null,
      set: { range: { min, max } },
    } satisfies Suggestion
  },
}

/** Codes, and numbers that name rows: nearly all different, or as evenly spread as serial numbers are. */
function namesRows(subject: Subject, bounds: number[]): boolean {
  const { present } = subject.figures
  const [low, high] = [bounds[0] as number, bounds.at(-1) as number]
  if (high - low < CODES) return true
  const different = differentShare(subject)
  if (different !== null) return different >= NEAR_KEY
  const steps = bounds.length - 1
  const isEven = bounds.every(
    (bound, at) => Math.abs(bound - (low + ((high - low) * at) / steps)) <= EVEN * (high - low),
  )
  return isEven && high - low + 1 >= present * NEAR_KEY
}

interface Limit {
  value: number
  why: string
}

/** @param bounds the values at 0, 10, … 100 % */
function limitsOf(bounds: number[], present: number, isWhole: boolean): { min: Limit; max: Limit } {
  const [low, high] = [bounds[0] as number, bounds.at(-1) as number]
  const span = high - low
  const [below, middle, above] = [0.1, 0.5, 0.9].map(share => quantile(bounds, share)) as [
    number,
    number,
    number,
  ]
  const values = Math.max(2, present / 10)
  const reach = (from: number, to: number) => {
    // Where half of the values are alike, their spread says nothing of the tail.
    const scale = from === middle ? Math.abs(to - from) / 10 : scaleOf(from, middle, present / 10, present)
    return carefulTailOf({ from, to, values, scale })(1 / (values * LARGER))
  }
  const down = Math.min(low - ROOM * span, reach(below, low))
  const up = Math.max(high + ROOM * span, reach(above, high))
  const room = (width: number, side: string) =>
    width > 2 * ROOM * span
      ? `room ${side} as its long tail asks for`
      : `room of ${figure(Math.round((width / span) * 100))} % of that ${side}`
  const isShare = !isWhole && low >= 0 && high <= 1 && high >= NEAR_ONE
  const [roundDown, roundUp] = [round(down, span, Math.floor), round(up, span, Math.ceil)]
  return {
    min:
      low >= 0 && down <= span
        ? {
            value: down <= 0 || low <= span ? 0 : roundDown,
            why: low <= span || down <= 0 ? 'never negative' : room(low - roundDown, 'below'),
          }
        : { value: low >= 0 ? Math.max(0, roundDown) : roundDown, why: room(low - roundDown, 'below') },
    max: isShare
      ? { value: 1, why: 'never above 1' }
      : high <= 0 && high >= -span
        ? { value: 0, why: 'never positive' }
        : { value: roundUp, why: room(roundUp - high, 'above') },
  }
}

/** To a number that reads well: steps of a twentieth of the span or finer. */
function round(value: number, span: number, to: (value: number) => number): number {
  const step = 10 ** Math.floor(Math.log10(Math.max(span, Math.abs(value) / 20)) - 0.3)
  return Number((to(value / step) * step).toPrecision(12))
}
