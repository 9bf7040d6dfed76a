import type { Figure, Goal } from './objective.ts'

/** Trials that have to be finished before others are held to them. */
const FINISHED = 4
/** A trial is left alone for this share of what the shortest finished one took. */
const GRACE = 0.25

/**
 * The median stopping rule (Golovin et al., "Google Vizier: a service for black-box optimization", 2017, section 3.2.2):
 * a trial is hopeless at a step when its best so far is strictly worse than the median of the running averages that the
 * finished trials had up to that step.
 * @param figures of the trial until now
 * @param finished those of the finished trials
 * @param least no trial is hopeless before this step; default: a quarter of what the shortest finished one took
 * @returns the median that it is worse than; null while there is hope
 */
export function hopelessBy(
  figures: readonly Figure[],
  finished: readonly (readonly Figure[])[],
  goal: Goal,
  least?: number,
): { best: number; median: number; epoch: number } | null {
  const now = figures.at(-1)
  const others = finished.filter(({ length }) => length > 0)
  if (!now || others.length < FINISHED) return null
  const shortest = Math.min(...others.map(each => each.at(-1)?.epoch ?? 0))
  if (now.epoch < (least ?? Math.ceil(shortest * GRACE))) return null
  const averages = others
    .map(each => average(each.filter(({ epoch }) => epoch <= now.epoch)))
    .filter(value => value !== null)
  if (averages.length < FINISHED) return null
  const median = medianOf(averages)
  const values = figures.map(({ value }) => value)
  const best = goal === 'least' ? Math.min(...values) : Math.max(...values)
  const worse = goal === 'least' ? best > median : best < median
  return worse ? { best, median, epoch: now.epoch } : null
}

const average = (figures: readonly Figure[]): number | null =>
  figures.length === 0 ? null : figures.reduce((sum, { value }) => sum + value, 0) / figures.length

function medianOf(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const [low, high] = [sorted[Math.ceil(middle) - 1] ?? 0, sorted[Math.floor(middle)] ?? 0]
  return (low + high) / 2
}
