import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { atomicWrite, fail } from '../kit/index.ts'
import { parametersOf, topologyOf } from './trainers/index.ts'
import { FILES, type TrainWork } from './work.ts'

/**
 * Describes the layers of the weights that a worker left, where it did not do that itself: what trains outside of
 * TensorFlow.js writes the weights only.
 * @throws Failure `training-failed` where there are not as many weights as the net has
 */
export function describeWeights(folder: string, { net, trainer }: Pick<TrainWork, 'net' | 'trainer'>): void {
  const [weights, topology] = [join(folder, FILES.weights), join(folder, FILES.topology)]
  const bytes = existsSync(weights) ? statSync(weights).size : 0
  const wanted = parametersOf(net) * 4
  if (bytes !== wanted)
    throw fail(
      'training-failed',
      `The training left ${bytes} bytes of weights, where its net has ${wanted}.`,
      'Train again; if it stays so, report it with the log of this job.',
    )
  if (!existsSync(topology)) atomicWrite(topology, JSON.stringify(topologyOf(net, trainer)))
}
