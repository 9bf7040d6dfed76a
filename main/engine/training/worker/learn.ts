import type { Epoch } from '#contract'
import { fail, seeded, shuffled } from '../../kit/index.ts'
import type { Message, TrainWork } from '../work.ts'
import type { Checkpoint } from './checkpoint.ts'
import { accuracyOf, meanLoss, noSums, type Sums } from './figures.ts'
import { type Rows, rowsAtOnce } from './rows.ts'
import { rates } from './schedule.ts'

/** Between two signs of life, in milliseconds. */
const SIGN_EVERY = 200

/** Streams of random numbers of a run, told apart by their second seed; 0 belongs to the trainers. */
const ORDER = 1
const DROPOUT = 2

/** Rows that go through a net at once. */
export interface Batch {
  features: Float32Array
  /** Class index, or the scaled value, of each row. */
  labels: Float32Array
  rows: number
}

/** A net that learns, wherever it computes. */
export interface Learner {
  parameters: number
  /**
   * One step on a batch; its figures before the step are added to `sums` now or when `settle` resolves.
   * @param rate learning rate of this step
   * @param random draws the dropout of this step
   */
  teach(batch: Batch, rate: number, random: () => number, sums: Sums): void
  /** Only the figures, without dropout. */
  judge(batch: Batch, sums: Sums): void
  /** Resolves when all figures are in their sums. */
  settle(): Promise<void>
  /** In the order of the net, as {@link Learner.restore} takes them. */
  weights(): Promise<Float32Array[]>
  /** Steps done, then all first moments, then all second ones, in the order of the weights. */
  state(): Promise<{ steps: number; moments: Float32Array[] }>
  restore(before: Pick<Checkpoint, 'weights' | 'steps' | 'moments'>): void
}

/** The rows of a split. */
export interface SplitRows {
  features: Rows
  labels: Rows
  rows: number
}

/** Where the rows lie, and where what is learned goes. */
export interface Surroundings {
  train: SplitRows
  eval: SplitRows
  /** What an earlier work on the same run left. */
  before: Checkpoint | null
  /** Keeps the checkpoint, whole or not at all; when it resolves, it is kept. */
  keep(checkpoint: Checkpoint): Promise<void> | void
  tell(message: Message): void
  /** Lets others have their turn, such as the word that nobody waits for this any more. */
  breathe(): Promise<void>
}

/**
 * Trains from a checkpoint where there is one. The same work gives the same weights, to the bit, on the same backend,
 * whether it was stopped in between or not: order and dropout of each epoch come from the seed and the epoch's number,
 * and a checkpoint holds the whole state.
 * @param backend what it computes on, in words
 * @returns the weights of the best epoch, in the order of the net, and the last message
 */
export async function learn(
  work: TrainWork,
  learner: Learner,
  backend: string,
  around: Surroundings,
): Promise<{ weights: Float32Array[]; done: Extract<Message, { kind: 'done' }> }> {
  const { before, tell } = around
  const epochs: Epoch[] = before?.epochs ?? []
  let best = before?.best ?? 0
  let bestLoss = before?.bestLoss ?? Number.MAX_VALUE
  let bestWeights = before?.bestWeights ?? (await learner.weights())
  if (before) learner.restore(before)
  tell({ kind: 'ready', backend, parameters: learner.parameters, epochs, best: best || null })

  const rateOf = rates(work, around.train.rows)
  const isOver = () => work.patience > 0 && around.eval.rows > 0 && epochs.length - best >= work.patience
  while (epochs.length < work.epochs && !isOver()) {
    if (work.until !== undefined && epochs.length >= work.until) throw paused(work.until)
    const epoch = epochs.length + 1
    const from = performance.now()
    const taught = await teachEpoch(learner, work, around.train, rateOf, epoch, around)
    const judged = await judge(learner, work, around.eval, around)
    const [loss, evalLoss] = [meanLoss(taught), meanLoss(judged)]
    if (loss === null || ![loss, evalLoss ?? 0].every(Number.isFinite)) throw diverged(work, epoch)
    const figures: Epoch = {
      epoch,
      loss,
      accuracy: accuracyOf(taught, work.task),
      evalLoss,
      evalAccuracy: accuracyOf(judged, work.task),
      seconds: (performance.now() - from) / 1000,
    }
    epochs.push(figures)
    const weights = await learner.weights()
    // Without rows to judge by, the last epoch is the one that is kept.
    if (evalLoss === null || evalLoss < bestLoss) {
      best = epoch
      bestLoss = evalLoss ?? bestLoss
      bestWeights = weights
    }
    await around.keep({ epochs, best, bestLoss, ...(await learner.state()), weights, bestWeights })
    tell({ kind: 'epoch', figures, best })
  }
  return {
    weights: bestWeights,
    done: { kind: 'done', best, stoppedEarly: epochs.length < work.epochs },
  }
}

async function teachEpoch(
  learner: Learner,
  work: TrainWork,
  { features, labels, rows }: SplitRows,
  rateOf: (step: number) => number,
  epoch: number,
  { tell, breathe }: Surroundings,
): Promise<Sums> {
  const sums = noSums()
  const order = shuffled(rows, seeded(work.seed, ORDER, epoch))
  const random = seeded(work.seed, DROPOUT, epoch)
  let signAt = performance.now()
  let step = (epoch - 1) * Math.ceil(rows / work.batch)
  for (let at = 0; at < rows; at += work.batch) {
    const which = order.subarray(at, at + work.batch)
    const x = new Float32Array(which.length * work.inputs)
    const y = new Float32Array(which.length)
    features.gather(which, x)
    labels.gather(which, y)
    learner.teach({ features: x, labels: y, rows: which.length }, rateOf(step++), random, sums)
    if (!Number.isFinite(sums.loss)) throw diverged(work, epoch)
    if (performance.now() - signAt > SIGN_EVERY) {
      await learner.settle()
      tell({ kind: 'step', epoch, share: Math.min(1, (at + which.length) / rows) })
      signAt = performance.now()
      await breathe()
    }
  }
  await learner.settle()
  return sums
}

async function judge(
  learner: Learner,
  work: TrainWork,
  { features, labels, rows }: SplitRows,
  { breathe }: Surroundings,
): Promise<Sums> {
  const sums = noSums()
  // Rows that are only computed go in larger batches than those that are learned from.
  const most = rowsAtOnce(work.inputs)
  for (let at = 0; at < rows; at += most) {
    const count = Math.min(most, rows - at)
    const x = new Float32Array(count * work.inputs)
    const y = new Float32Array(count)
    features.range(at, count, x)
    labels.range(at, count, y)
    learner.judge({ features: x, labels: y, rows: count }, sums)
  }
  await learner.settle()
  await breathe()
  return sums
}

const paused = (epoch: number) =>
  fail('interrupted', `It stopped after epoch ${epoch}, as it was to.`, 'Continue the run to go on.')

const diverged = (work: TrainWork, epoch: number) =>
  fail(
    'training-failed',
    `The loss is no longer a number in epoch ${epoch}: the steps were too large.`,
    `Lower the learning rate (it is ${work.learningRate}), for instance to ${Number((work.learningRate / 10).toPrecision(2))}.`,
  )
