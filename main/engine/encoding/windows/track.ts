import type { WindowFigure } from '#contract'
import type { WindowRule } from '../spec.ts'

/** Rows that one group keeps at most; of a window that holds more, the newest count. */
const MOST_ROWS = 10_000
/** Rows that may be dropped are dropped together: each time it moves the others. */
const TOGETHER = 256

/** What one group remembers, as JSON has it. */
export interface KeptTrack {
  newest: number
  times: number[]
  values: (number | null)[]
}

/** The first place whose time is after (or, `from`, not before) the given one. */
function placeOf(times: readonly number[], time: number, from: boolean): number {
  let low = 0
  let high = times.length
  // Rows mostly come in order, so the end is looked at first.
  if (high > 0 && (times[high - 1] as number) <= time && !from) return high
  while (low < high) {
    const middle = (low + high) >>> 1
    const before = from ? (times[middle] as number) < time : (times[middle] as number) <= time
    if (before) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * The rows of one group that its windows can still reach, in the order of their time, those of one moment as they came.
 * A figure is taken anew of the rows of its window, oldest first, so that it depends on them alone and not on all that
 * came before.
 */
export class Track {
  private times: number[] = []
  private values: number[] = []
  private newest = Number.NEGATIVE_INFINITY
  private readonly rule: WindowRule

  constructor(rule: WindowRule) {
    this.rule = rule
  }

  /** What it holds, to be kept; JSON knows no NaN, so a missing value is null. */
  keep(): KeptTrack {
    return {
      newest: this.newest,
      times: [...this.times],
      values: this.values.map(value => (Number.isNaN(value) ? null : value)),
    }
  }

  /** One that holds what was kept. @throws Error where that is none */
  static from(rule: WindowRule, { newest, times, values }: KeptTrack): Track {
    const isOrdered = times.every((time, at) => Number.isFinite(time) && time >= (times[at - 1] ?? time))
    if (
      !isOrdered ||
      times.length !== values.length ||
      !Number.isFinite(newest) ||
      newest < (times.at(-1) ?? newest)
    )
      throw new Error('the rows of a window are out of order')
    const track = new Track(rule)
    track.times = [...times]
    track.values = values.map(value => value ?? Number.NaN)
    track.newest = newest
    return track
  }

  copy(): Track {
    const copy = new Track(this.rule)
    copy.times = [...this.times]
    copy.values = [...this.values]
    copy.newest = this.newest
    return copy
  }

  get length(): number {
    return this.times.length
  }

  /**
   * Takes a row and writes the figures of its window.
   * @param value NaN where it is missing: the row counts among the rows, its value does not
   */
  take(time: number, value: number, out: Float64Array, at: number): void {
    const { times, values } = this
    const { rows, seconds, lateness, current } = this.rule
    const isLate = time < this.newest - lateness
    const after = placeOf(times, time, false)
    // Where the values themselves are taken, a moment has one row, and what comes again takes its place.
    const again = this.rule.figures.includes('values') && times[after - 1] === time
    const place = again ? after - 1 : after
    const before = values[place] as number
    times.splice(place, Number(again), time)
    values.splice(place, Number(again), again && Number.isNaN(value) ? before : value)
    const to = place + Number(current)
    const from = Math.max(
      seconds === undefined ? 0 : placeOf(times, time - seconds, false),
      rows === undefined ? 0 : to - rows,
      to - MOST_ROWS,
      0,
    )
    write(this.rule, values, from, to, out, at)
    if (isLate) {
      if (again) values[place] = before
      else {
        times.splice(place, 1)
        values.splice(place, 1)
      }
    } else {
      if (time > this.newest) this.newest = time
      this.forget()
    }
  }

  /** Drops rows that no window can reach any more. */
  private forget(): void {
    const { rows, seconds, lateness } = this.rule
    const reach = this.newest - lateness
    const bySeconds = seconds === undefined ? 0 : placeOf(this.times, reach - seconds, false)
    const byRows = rows === undefined ? 0 : placeOf(this.times, reach, true) - rows
    const free = Math.max(bySeconds, byRows, this.times.length - MOST_ROWS)
    if (free < TOGETHER) return
    this.times.splice(0, free)
    this.values.splice(0, free)
  }
}

/** Writes the figures of a window that nothing is in. */
export const writeNothing = (rule: WindowRule, out: Float64Array, at: number): void =>
  write(rule, [], 0, 0, out, at)

/** Writes figures of `values[from]` to `values[to - 1]`; NaN where there is no value. */
function write(
  { figures, rows = 0 }: WindowRule,
  values: readonly number[],
  from: number,
  to: number,
  out: Float64Array,
  at: number,
): void {
  let count = 0
  let sum = 0
  let min = Number.NaN
  let max = Number.NaN
  let first = Number.NaN
  let last = Number.NaN
  for (let i = from; i < to; i++) {
    const value = values[i] as number
    if (Number.isNaN(value)) continue
    if (count === 0) {
      first = value
      min = value
      max = value
    } else if (value < min) min = value
    else if (value > max) max = value
    last = value
    sum += value
    count++
  }
  let next = at
  for (const figure of figures) {
    if (figure === 'values') {
      // The newest stands last; where the series is shorter, the beginning is missing.
      for (let back = rows; back > 0; back--)
        out[next++] = to - back < from ? Number.NaN : (values[to - back] as number)
    } else out[next++] = figureOf(figure, { count, sum, min, max, first, last })
  }
}

function figureOf(
  figure: Exclude<WindowFigure, 'values'>,
  of: { count: number; sum: number; min: number; max: number; first: number; last: number },
): number {
  switch (figure) {
    case 'count':
      return of.count
    case 'sum':
      return of.count ? of.sum : Number.NaN
    case 'mean':
      return of.count ? of.sum / of.count : Number.NaN
    case 'change':
      return of.last - of.first
    default:
      return of[figure]
  }
}
