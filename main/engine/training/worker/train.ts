import { join } from 'node:path'
import { setImmediate as breathe } from 'node:timers/promises'
import type { Epoch } from '#contract'
import { atomicWrite, fail, seeded, shuffled } from '../../kit/index.ts'
import type { OpenedTensor } from '../../tensor/index.ts'
import { topologyOf } from '../trainers/index.ts'
import { FILES, type Message, type TrainWork } from '../work.ts'
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts'
import { accuracyOf, addFigures, meanLoss, noSums, type Sums } from './figures.ts'
import { type Net, netOf } from './net.ts'
import { openRowFile, rowsAtOnce } from './rowFile.ts'
import { rates } from './schedule.ts'

/** Between two signs of life, in milliseconds. */
const SIGN_EVERY = 200

/** Streams of random numbers of a run, told apart by their second seed; 0 belongs to the trainers. */
const ORDER = 1
const DROPOUT = 2

/**
 * Trains by the folder's work, from its checkpoint where there is one. The same folder gives the same weights, to
 * the bit, on the same backend, whether it was stopped in between or not: order and dropout of each epoch come from
 * the seed and the epoch's number, and a checkpoint holds the whole state.
 */
export async function train(
  folder: string,
  work: TrainWork,
  { tf, backend, detail }: OpenedTensor,
  tell: (message: Message) => void,
): Promise<Message> {
  const net = await netOf(tf, work)
  const files = (['train', 'eval'] as const).map(split => ({
    features: openRowFile(join(folder, FILES.features(split)), work.inputs, work.rows[split]),
    labels: openRowFile(join(folder, FILES.labels(split)), 1, work.rows[split]),
    rows: work.rows[split],
  }))
  const [trainRows, evalRows] = files as [Rows, Rows]

  const before = readCheckpoint(join(folder, FILES.checkpoint))
  const epochs: Epoch[] = before?.epochs ?? []
  let best = before?.best ?? 0
  let bestLoss = before?.bestLoss ?? Number.MAX_VALUE
  let bestWeights = before?.bestWeights ?? net.weights()
  if (before) {
    net.setWeights(before.weights)
    net.optimizer.restore({ steps: before.steps, moments: before.moments })
  }
  tell({
    kind: 'ready',
    backend: `${backend}: ${detail}`,
    parameters: net.parameters,
    epochs,
    best: best || null,
  })

  const rateOf = rates(work, trainRows.rows)
  const isOver = () => work.patience > 0 && evalRows.rows > 0 && epochs.length - best >= work.patience
  while (epochs.length < work.epochs && !isOver()) {
    const epoch = epochs.length + 1
    const from = performance.now()
    const taught = await teachEpoch(net, work, trainRows, rateOf, epoch, tell)
    const judged = await judge(net, work, evalRows)
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
    // Without rows to judge by, the last epoch is the one that is kept.
    if (evalLoss === null || evalLoss < bestLoss) {
      best = epoch
      bestLoss = evalLoss ?? bestLoss
      bestWeights = net.weights()
    }
    const { steps, moments } = net.optimizer.state()
    writeCheckpoint(join(folder, FILES.checkpoint), {
      epochs,
      best,
      bestLoss,
      steps,
      weights: net.weights(),
      moments,
      bestWeights,
    })
    tell({ kind: 'epoch', figures, best })
  }

  net.setWeights(bestWeights)
  save(work, net, folder)
  return { kind: 'done', best, stoppedEarly: epochs.length < work.epochs }
}

interface Rows {
  features: ReturnType<typeof openRowFile>
  labels: ReturnType<typeof openRowFile>
  rows: number
}

async function teachEpoch(
  net: Net,
  work: TrainWork,
  { features, labels, rows }: Rows,
  rateOf: (step: number) => number,
  epoch: number,
  tell: (message: Message) => void,
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
    const logits = net.teach(x, y, which.length, rateOf(step++), random)
    addFigures(sums, work.task, logits, y, which.length, work.classWeights)
    if (!Number.isFinite(sums.loss)) throw diverged(work, epoch)
    if (performance.now() - signAt > SIGN_EVERY) {
      tell({ kind: 'step', epoch, share: Math.min(1, (at + which.length) / rows) })
      signAt = performance.now()
      // Lets the process hear that its engine is gone.
      await breathe()
    }
  }
  return sums
}

async function judge(net: Net, work: TrainWork, { features, labels, rows }: Rows): Promise<Sums> {
  const sums = noSums()
  // Rows that are only computed go in larger batches than those that are learnt from.
  const most = rowsAtOnce(work.inputs)
  for (let at = 0; at < rows; at += most) {
    const count = Math.min(most, rows - at)
    const x = new Float32Array(count * work.inputs)
    const y = new Float32Array(count)
    features.range(at, count, x)
    labels.range(at, count, y)
    addFigures(sums, work.task, net.compute(x, count), y, count)
  }
  await breathe()
  return sums
}

const diverged = (work: TrainWork, epoch: number) =>
  fail(
    'training-failed',
    `The loss is no longer a number in epoch ${epoch}: the steps were too large.`,
    `Lower the learning rate (it is ${work.learningRate}), for instance to ${Number((work.learningRate / 10).toPrecision(2))}.`,
  )

function save(work: TrainWork, net: Net, folder: string): void {
  const weights = net.weights()
  const bytes = weights.map(part => new Uint8Array(part.buffer, part.byteOffset, part.byteLength))
  atomicWrite(join(folder, FILES.weights), Buffer.concat(bytes))
  atomicWrite(join(folder, FILES.topology), JSON.stringify(topologyOf(work.net, work.trainer)))
}
