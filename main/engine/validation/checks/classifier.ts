import { setImmediate } from 'node:timers/promises'
import type { BinnedFeature } from './sample.ts'

const FOLDS = 4
const [FEWEST_ROUNDS, MOST_ROUNDS] = [4, 12]
/** Weights that are changed, at most: what bounds the time. */
const MOST_STEPS = 8e8
const RATE = 0.3
const DECAY = 1e-4

/**
 * The chance of each class in each row, by a model that has not seen the row: multinomial logistic regression over the
 * bins of the features, fitted on the other folds (AdaGrad; Duchi et al. 2011).
 * @returns row-major, `classes` a row; null where it would take too long
 */
export async function heldOutChances(
  features: readonly BinnedFeature[],
  codes: Uint16Array,
  classes: number,
  signal: AbortSignal,
): Promise<Float32Array | null> {
  const rows = codes.length
  const steps = rows * features.length * classes * FOLDS
  const rounds = Math.min(MOST_ROUNDS, Math.floor(MOST_STEPS / Math.max(1, steps)))
  if (rounds < FEWEST_ROUNDS) return null
  const offsets: number[] = []
  let width = 1
  for (const { count } of features) {
    offsets.push(width)
    width += count
  }
  const places = placesOf(features, offsets, rows)
  const chances = new Float32Array(rows * classes)
  const order = shuffled(rows)
  for (let fold = 0; fold < FOLDS; fold++) {
    const weights = new Float32Array(width * classes)
    const squares = new Float32Array(width * classes).fill(1e-6)
    const scores = new Float64Array(classes)
    const model = { places, many: features.length, weights, classes }
    for (let round = 0; round < rounds; round++) {
      signal.throwIfAborted()
      await setImmediate()
      for (const row of order)
        if (row % FOLDS !== fold) learn(model, squares, scores, row, codes[row] as number)
    }
    for (let row = fold; row < rows; row += FOLDS) {
      score(model, scores, row)
      chances.set(scores, row * classes)
    }
  }
  return chances
}

interface Model {
  /** The weights that each row turns on, `many` a row. */
  places: Uint32Array
  many: number
  weights: Float32Array
  classes: number
}

function placesOf(features: readonly BinnedFeature[], offsets: readonly number[], rows: number): Uint32Array {
  const places = new Uint32Array(rows * features.length)
  for (const [at, { bins }] of features.entries())
    for (let row = 0; row < rows; row++)
      places[row * features.length + at] = (offsets[at] as number) + (bins[row] as number)
  return places
}

/** Chances of the classes in one row. */
function score({ places, many, weights, classes }: Model, into: Float64Array, row: number): void {
  let most = Number.NEGATIVE_INFINITY
  for (let c = 0; c < classes; c++) {
    let sum = weights[c] as number
    for (let at = row * many; at < (row + 1) * many; at++)
      sum += weights[(places[at] as number) * classes + c] as number
    into[c] = sum
    if (sum > most) most = sum
  }
  let all = 0
  for (let c = 0; c < classes; c++) all += into[c] = Math.exp((into[c] as number) - most)
  for (let c = 0; c < classes; c++) into[c] = (into[c] as number) / all
}

function learn(model: Model, squares: Float32Array, scores: Float64Array, row: number, code: number): void {
  const { places, many, weights, classes } = model
  score(model, scores, row)
  for (let c = 0; c < classes; c++) {
    const slope = (scores[c] as number) - (c === code ? 1 : 0)
    if (Math.abs(slope) < 1e-4) continue
    step(weights, squares, c, slope)
    for (let at = row * many; at < (row + 1) * many; at++)
      step(weights, squares, (places[at] as number) * classes + c, slope)
  }
}

function step(weights: Float32Array, squares: Float32Array, at: number, slope: number): void {
  const full = slope + DECAY * (weights[at] as number)
  squares[at] = (squares[at] as number) + full * full
  weights[at] = (weights[at] as number) - (RATE * full) / Math.sqrt(squares[at] as number)
}

/** Rows in an order that is random and always the same. */
function shuffled(rows: number): Uint32Array {
  const order = Uint32Array.from({ length: rows }, (_, row) => row)
  let state = 0x2545f491
  for (let at = rows - 1; at > 0; at--) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    const other = (state >>> 0) % (at + 1)
    const kept = order[at] as number
    order[at] = order[other] as number
    order[other] = kept
  }
  return order
}
