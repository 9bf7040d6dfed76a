import { normalReach, studentReach } from './distributions.ts'

export interface Interval {
  low: number
  high: number
}

/** Of all intervals here. */
export const CONFIDENCE = 0.95
/**
 * Wilson's score interval of a share (Wilson 1927): the shares that `hits` of `rows` do not contradict. It stays within
 * 0 and 1 and holds for few rows too.
 */
export function wilson(hits: number, rows: number, confidence = CONFIDENCE): Interval | null {
  if (rows === 0) return null
  const z = normalReach(confidence)
  const share = hits / rows
  const spread = z ** 2 / rows
  const middle = share + spread / 2
  const reach = z * Math.sqrt((share * (1 - share)) / rows + spread / (4 * rows))
  return {
    low: hits === 0 ? 0 : (middle - reach) / (1 + spread),
    high: hits === rows ? 1 : (middle + reach) / (1 + spread),
  }
}

/** A sample of numbers in three figures. */
export interface Sample {
  rows: number
  mean: number
  /** The sum of squares of the distances to the mean. */
  squares: number
}

export function sampleOf(values: ArrayLike<number>, chosen: (row: number) => boolean = () => true): Sample {
  let rows = 0
  let mean = 0
  let squares = 0
  for (let row = 0; row < values.length; row++) {
    if (!chosen(row)) continue
    // Welford 1962: no cancellation, however large the mean is.
    const distance = (values[row] as number) - mean
    mean += distance / ++rows
    squares += distance * ((values[row] as number) - mean)
  }
  return { rows, mean, squares }
}

/** Standard error of the logarithm of the mean (delta method); null where it has none. */
export const logError = ({ rows, mean, squares }: Sample): number | null =>
  rows < 2 || mean <= 0 ? null : Math.sqrt(squares / (rows - 1) / rows) / mean

/**
 * The interval of a root mean square from a sample of squares: Student's t on the logarithm of their mean, so that it
 * does not reach below 0 and leans to the right as squared errors do. Null for fewer than two rows, or no error at all.
 */
export function rootInterval(squares: Sample, confidence = CONFIDENCE): Interval | null {
  const error = logError(squares)
  if (error === null) return null
  const reach = Math.exp((studentReach(confidence, squares.rows - 1) * error) / 2)
  const root = Math.sqrt(squares.mean)
  return { low: root / reach, high: root * reach }
}

/** The interval of a mean by Student's t; null for fewer than two rows. */
export function meanInterval({ rows, mean, squares }: Sample, confidence = CONFIDENCE): Interval | null {
  if (rows < 2) return null
  const reach = studentReach(confidence, rows - 1) * Math.sqrt(squares / (rows - 1) / rows)
  return { low: mean - reach, high: mean + reach }
}
