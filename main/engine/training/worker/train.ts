import { join } from 'node:path'
import { setImmediate as breathe } from 'node:timers/promises'
import type { Split } from '#contract'
import { atomicWrite } from '../../kit/index.ts'
import type { OpenedTensor } from '../../tensor/index.ts'
import { topologyOf } from '../trainers/index.ts'
import { FILES, type Message, type TrainWork } from '../work.ts'
import { bytesOf } from './checkpoint.ts'
import { readCheckpoint, writeCheckpoint } from './checkpointFile.ts'
import { learn } from './learn.ts'
import { processorLearner } from './processorLearner.ts'
import { openRowFile } from './rowFile.ts'

/** Trains by the folder's work, from its checkpoint where there is one, and leaves the weights there; see `learn`. */
export async function train(
  folder: string,
  work: TrainWork,
  { tf, backend, detail }: OpenedTensor,
  tell: (message: Message) => void,
): Promise<Message> {
  const learner = await processorLearner(tf, work)
  const rowsOf = (split: Extract<Split, 'train' | 'eval'>) => ({
    features: openRowFile(join(folder, FILES.features(split)), work.inputs, work.rows[split]),
    labels: openRowFile(join(folder, FILES.labels(split)), 1, work.rows[split]),
    rows: work.rows[split],
  })
  const checkpoint = join(folder, FILES.checkpoint)
  const { weights, done } = await learn(work, learner, `${backend}: ${detail}`, {
    train: rowsOf('train'),
    eval: rowsOf('eval'),
    before: readCheckpoint(checkpoint),
    keep: state => writeCheckpoint(checkpoint, state),
    tell,
    breathe,
  })
  atomicWrite(join(folder, FILES.weights), bytesOf(weights))
  atomicWrite(join(folder, FILES.topology), JSON.stringify(topologyOf(work.net, work.trainer)))
  return done
}
