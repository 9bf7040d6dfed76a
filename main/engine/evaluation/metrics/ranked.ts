/** Scores of the rows that are of a class and of those that are not, each rising. All curves are read from these. */
export interface Ranked {
  positives: Float64Array
  negatives: Float64Array
}

/** @param isPositive by row, whether it is of the class */
export function rank(scores: ArrayLike<number>, isPositive: (row: number) => boolean): Ranked {
  let count = 0
  for (let row = 0; row < scores.length; row++) if (isPositive(row)) count++
  const positives = new Float64Array(count)
  const negatives = new Float64Array(scores.length - count)
  for (let row = 0, p = 0, n = 0; row < scores.length; row++) {
    if (isPositive(row)) positives[p++] = scores[row] as number
    else negatives[n++] = scores[row] as number
  }
  return { positives: positives.sort(), negatives: negatives.sort() }
}

/** How many of the rising values are at least `threshold`. */
export const countAtLeast = (rising: Float64Array, threshold: number): number =>
  rising.length - firstOf(rising, value => value >= threshold)

/** How many of the rising values are greater than `threshold`. */
export const countAbove = (rising: Float64Array, threshold: number): number =>
  rising.length - firstOf(rising, value => value > threshold)

/** Where the first of the rising values is that fits, as all behind it do; their number where none does. */
function firstOf(rising: Float64Array, fits: (value: number) => boolean): number {
  let low = 0
  let high = rising.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (fits(rising[middle] as number)) high = middle
    else low = middle + 1
  }
  return low
}

/**
 * Area under the ROC curve: the share of pairs of a positive and a negative row that the scores put in the right
 * order, equal scores counting half (Mann-Whitney U divided by the number of pairs). Null where one side is empty.
 */
export function auc({ positives, negatives }: Ranked): number | null {
  if (positives.length === 0 || negatives.length === 0) return null
  let wins = 0
  let below = 0
  let equalTo = 0
  for (const score of positives) {
    while (below < negatives.length && (negatives[below] as number) < score) below++
    equalTo = Math.max(equalTo, below)
    while (equalTo < negatives.length && (negatives[equalTo] as number) === score) equalTo++
    wins += below + (equalTo - below) / 2
  }
  return wins / (positives.length * negatives.length)
}

/**
 * Average precision: the sum over all different scores, falling, of `(recall - recall before) * precision`, where
 * rows with at least that score are called positive. Not interpolated. Null where there are no positive rows.
 */
export function averagePrecision({ positives, negatives }: Ranked): number | null {
  if (positives.length === 0) return null
  let sum = 0
  let p = positives.length
  let n = negatives.length
  while (p > 0) {
    const score = positives[p - 1] as number
    let same = 0
    while (p > 0 && positives[p - 1] === score) {
      p--
      same++
    }
    while (n > 0 && (negatives[n - 1] as number) >= score) n--
    const called = positives.length - p + negatives.length - n
    sum += (same * (positives.length - p)) / called
  }
  return sum / positives.length
}
