import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { io } from '@tensorflow/tfjs'
import type { Hash } from '#contract'
import type { LabelSpec, TransformSpec } from '../../encoding/index.ts'
import { lowerLayersModel, readGraphDef } from '../../graph/index.ts'
import type { Store } from '../../store/index.ts'
import { keepGraph } from '../model.ts'
import { FILES } from '../work.ts'
import { FROZEN_ENDS, type Frozen, frozenIn } from './backbone.ts'
import { joined, scaled } from './join.ts'

/** Keeps the head that a worker left in its folder behind what it was trained on, as one graph from pixels to answers. */
export function joinedModel(
  store: Store,
  folder: string,
  frozen: Frozen,
  transform: TransformSpec,
  label: LabelSpec,
): { artifact: Hash; bytes: number } {
  const topology = JSON.parse(readFileSync(join(folder, FILES.topology), 'utf8')) as io.ModelArtifacts
  const weights = new Uint8Array(readFileSync(join(folder, FILES.weights)))
  const head = lowerLayersModel({ ...topology, weightData: weights.buffer })
  const backbone = readGraphDef(store.blobs.read(frozen.hash), FROZEN_ENDS)
  const { scaling = null } = frozenIn(folder) ?? frozen
  return keepGraph(store, joined(scaling ? scaled(backbone, scaling) : backbone, head), transform, label)
}
