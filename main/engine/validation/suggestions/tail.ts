/** Where a tail begins, where it ended, of how many values, and how far values usually lie apart before it. */
export interface Tail {
  from: number
  to: number
  values: number
  scale: number
}

/**
 * The value that a share of a tail's values exceeds, on the tail that thins out as a power of the distance and whose
 * last value is the one that was seen: S(x) = (1 + (x − from)/scale)^−a with S(to) = 1/values (a Pareto distribution of
 * the second kind; Pickands 1975 on why tails look so). A tail no longer than its scale thins out exponentially.
 */
export function tailAt({ from, to, values, scale }: Tail, share: number): number {
  const width = to - from
  if (width === 0) return to
  const far = Math.log(1 / share) / Math.log(Math.max(2, values))
  const reach = Math.abs(width) / scale
  if (!(reach > 1)) return from + width * far
  return from + Math.sign(width) * scale * ((1 + reach) ** far - 1)
}
