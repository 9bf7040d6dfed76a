import { Histogram_HistogramType, type NumericStatistics } from '../../metadata/index.ts'
import { tenthsOf } from './figures.ts'
import { tailOf } from './tail.ts'

/** Values and how often each occurs, in ascending order. */
export interface Atoms {
  xs: number[]
  counts: number[]
}

/** Parts that the values between two bounds are shared among, where nothing says how they lie. */
const PARTS = 16
/** Tails are cut where they have thinned out by this much more. */
const THINNING = 2 ** 0.25
/** Equally wide buckets are known to a thousandth of the values, so they say nothing of the last ones. */
const KNOWN = 0.005

/** The values above the bound before, up to this one. */
interface Piece {
  low: number
  high: number
  mass: number
  /** What surely lies on the upper bound. */
  onHigh: number
}

/**
 * Numbers that have the histograms of a feature. What these leave open is drawn: how many of the values lie on a bound,
 * and how unequally frequent whole numbers between two bounds are.
 */
export function atomsOf(numbers: NumericStatistics, isWhole: boolean, random: () => number): Atoms {
  const found = new Map<number, number>()
  const { pieces, least, onLeast } = piecesOf(numbers)
  const add = (x: number, count: number) => {
    const at = isWhole ? Math.round(x) : x
    if (count > 0) found.set(at, (found.get(at) ?? 0) + count)
  }
  add(least, onLeast)
  const total = pieces.reduce((sum, { mass }) => sum + mass, onLeast)
  const middle = middleOf(pieces, least, total)
  const zeros = least < 0 ? Number(numbers.numZeros) : 0
  for (const [at, piece] of pieces.entries()) {
    const { low, high } = piece
    let { mass } = piece
    const put = (x: number, count: number) => {
      const some = Math.min(mass, count)
      add(x, some)
      mass -= some
    }
    if (zeros > 0 && low < 0 && high >= 0) put(0, zeros)
    if (isWhole && Math.floor(high) - Math.floor(low) <= 1) put(high, mass)
    else if (piece.onHigh > 0 && high !== 0) put(high, piece.onHigh + random() * (mass - piece.onHigh))
    if (mass <= 0) continue
    const isTail = mass < 0.25 * total
    if (isTail && at === pieces.length - 1) tail(low, high, mass, scaleOf(low, middle, mass, total), add)
    else if (isTail && at === 0) tail(high, low, mass, scaleOf(high, middle, mass, total), add)
    else spread(low, high, mass, isWhole, random, add)
  }
  return settled(found)
}

/** The scale that an exponential tail with so much in it would have. */
export const scaleOf = (from: number, middle: number, mass: number, total: number): number =>
  Math.abs(from - middle) / Math.log(Math.max(2, total / 2 / mass)) || Number.MIN_VALUE

function middleOf(pieces: readonly Piece[], least: number, total: number): number {
  let sum = 0
  for (const { high, mass } of pieces) {
    sum += mass
    if (sum >= total / 2) return high
  }
  return least
}

/** What lies between the bounds of tenths, cut where the equally wide buckets say how much of it lies below. */
function piecesOf(numbers: NumericStatistics): { pieces: Piece[]; least: number; onLeast: number } {
  const tenths = (tenthsOf(numbers)?.buckets ?? []).filter(
    ({ lowValue, highValue }) => Number.isFinite(lowValue) && Number.isFinite(highValue),
  )
  const least = tenths[0]?.lowValue ?? 0
  let onLeast = 0
  const whole: Piece[] = []
  // Buckets with the same upper bound share what lies above the bound before.
  for (const { lowValue: low, highValue: high, sampleCount: mass } of tenths) {
    const last = whole.at(-1)
    if (high === least) onLeast += mass
    else if (last?.high === high) {
      last.mass += mass
      if (low === high) last.onHigh += mass
    } else whole.push({ low, high, mass, onHigh: 0 })
  }
  const total = whole.reduce((sum, { mass }) => sum + mass, onLeast)
  // Zeros are counted apart.
  if (least === 0 && onLeast === 0 && whole[0]) {
    onLeast = Math.min(whole[0].mass, Number(numbers.numZeros))
    whole[0].mass -= onLeast
  }
  const edges = edgesOf(numbers).filter(([, below]) => below >= KNOWN * total && below <= (1 - KNOWN) * total)
  const pieces: Piece[] = []
  let below = onLeast
  for (const { low, high, mass, onHigh } of whole) {
    let [from, left] = [low, mass]
    for (const [edge, upTo] of edges) {
      if (edge <= from || edge >= high) continue
      const part = Math.min(Math.max(0, left - onHigh), Math.max(0, upTo - below - (mass - left)))
      pieces.push({ low: from, high: edge, mass: part, onHigh: 0 })
      from = edge
      left -= part
    }
    pieces.push({ low: from, high, mass: left, onHigh })
    below += mass
  }
  return { pieces, least, onLeast }
}

/** Inner edges of the equally wide buckets, and how many values lie up to each. */
function edgesOf({ histograms }: NumericStatistics): [edge: number, below: number][] {
  const buckets =
    histograms
      .find(({ type }) => type === Histogram_HistogramType.STANDARD)
      ?.buckets.filter(
        ({ lowValue, highValue }) => Number.isFinite(lowValue) && Number.isFinite(highValue),
      ) ?? []
  let below = 0
  return buckets.slice(0, -1).map(({ highValue, sampleCount }) => {
    below += sampleCount
    return [highValue, below]
  })
}

type Add = (x: number, count: number) => void

function tail(from: number, to: number, values: number, scale: number, add: Add): void {
  const at = tailOf({ from, to, values, scale })
  let left = 1
  while (left * values > 1) {
    const next = Math.max(1 / values, left / THINNING)
    add(at(Math.min(1, (left + next) / 2)), (left - next) * values)
    left = next === 1 / values ? 0 : next
  }
  add(to, Math.min(1, values))
}

function spread(
  low: number,
  high: number,
  mass: number,
  isWhole: boolean,
  random: () => number,
  add: Add,
): void {
  const first = Math.floor(low) + 1
  const values = isWhole ? Math.floor(high) - first + 1 : Number.POSITIVE_INFINITY
  const parts = Math.max(1, Math.min(PARTS, values))
  const weights = Array.from({ length: parts }, () => (values <= PARTS ? -Math.log(1 - random()) : 1))
  const sum = weights.reduce((all, weight) => all + weight, 0)
  for (const [at, weight] of weights.entries())
    add(values <= PARTS ? first + at : low + ((high - low) * (at + random())) / parts, (mass * weight) / sum)
}

/** In order, with whole counts; what is cut off one goes to the next. */
function settled(found: ReadonlyMap<number, number>): Atoms {
  const xs: number[] = []
  const counts: number[] = []
  let over = 0
  for (const [x, count] of [...found].sort(([a], [b]) => a - b)) {
    const whole = Math.round(count + over)
    over += count - whole
    if (whole <= 0) continue
    xs.push(x)
    counts.push(whole)
  }
  return { xs, counts }
}
