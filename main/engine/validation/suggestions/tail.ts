/** Where a tail begins, where it ended, of how many values, and how fast it thinned out when it began. */
export interface Tail {
  from: number
  to: number
  values: number
  scale: number
}

const STEPS = 60
const [LIGHTEST, HEAVIEST] = [-8, 8]

/** By how many scales a share is exceeded, in the generalized Pareto distribution of this shape. */
const reachOf = (shape: number, share: number): number =>
  Math.abs(shape) < 1e-9 ? Math.log(1 / share) : ((1 / share) ** shape - 1) / shape

/** The shape by which the last of so many values reaches so many scales; 0: exponential, below: the tail has an end. */
function shapeOf(reach: number, values: number): number {
  let [low, high] = [LIGHTEST, HEAVIEST]
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2
    if (reachOf(middle, 1 / values) < reach) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/**
 * The value that a share of a tail's values exceeds: tails thin out as a generalized Pareto distribution (Pickands 1975),
 * here the one of this scale that reaches the last value that was seen.
 */
export function tailOf({ from, to, values, scale }: Tail): (share: number) => number {
  const width = Math.abs(to - from)
  if (width === 0) return () => to
  const many = Math.max(2, values)
  const shape = shapeOf(width / scale, many)
  const seen = reachOf(shape, 1 / many)
  return share => from + ((to - from) * reachOf(shape, share)) / seen
}

/** By so many scales the last value may have lain further out: its standard deviation in an exponential tail, and a little more. */
const DOUBT = 1.5

/** The same for what is to come: with room for the last value having been a near one by chance. */
export function carefulTailOf({ from, to, values, scale }: Tail): (share: number) => number {
  const many = Math.max(2, values)
  const width = Math.abs(to - from)
  const shape = shapeOf(width / scale + DOUBT, many)
  const unit = Math.sign(to - from) * Math.max(scale, width / reachOf(shape, 1 / many))
  return share => from + unit * reachOf(shape, share)
}
