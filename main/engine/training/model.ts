import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { io } from '@tensorflow/tfjs'
import type { Hash, Run } from '#contract'
import type { LabelSpec, TransformSpec } from '../encoding/index.ts'
import { canonicalJson, fail } from '../kit/index.ts'
import type { Store } from '../store/index.ts'
import { FILES } from './work.ts'

/** A trained model with all that belongs to it. */
export interface TrainedModel {
  /** Topology and weights as TensorFlow.js saves them. */
  artifacts: io.ModelArtifacts & { weightData: ArrayBuffer }
  transform: TransformSpec
  label: LabelSpec
}

/** What a model consists of, each part a blob; its own hash is the model's id. */
interface Manifest {
  format: 'edgewright-model/1'
  topology: Hash
  weights: Hash
  transform: Hash
  label: Hash
}

/** Keeps the model that a worker left in its folder. */
export async function keepModel(
  { blobs }: Store,
  folder: string,
  transform: TransformSpec,
  label: LabelSpec,
): Promise<{ artifact: Hash; bytes: number }> {
  const topology = await blobs.putFile(join(folder, FILES.topology))
  const weights = await blobs.putFile(join(folder, FILES.weights))
  const manifest: Manifest = {
    format: 'edgewright-model/1',
    topology: topology.hash,
    weights: weights.hash,
    transform: blobs.put(canonicalJson(transform)),
    label: blobs.put(canonicalJson(label)),
  }
  return { artifact: blobs.put(canonicalJson(manifest)), bytes: topology.bytes + weights.bytes }
}

/** Reads a model. @throws Failure `not-found` where the run has none yet, or a blob is gone */
export function readModel({ blobs }: Store, run: Run): TrainedModel & { manifest: Manifest } {
  if (!run.artifact)
    throw fail(
      'not-found',
      `${run.id} has no trained model.`,
      run.state === 'running' ? 'Wait until it is trained.' : 'Continue the run, or train again.',
    )
  const json = <T>(hash: Hash) => JSON.parse(readFileSync(blobs.path(hash), 'utf8')) as T
  const manifest = JSON.parse(blobs.read(run.artifact).toString()) as Manifest
  const weights = blobs.read(manifest.weights)
  return {
    manifest,
    artifacts: {
      ...json<io.ModelArtifacts>(manifest.topology),
      weightData: weights.buffer.slice(
        weights.byteOffset,
        weights.byteOffset + weights.byteLength,
      ) as ArrayBuffer,
    },
    transform: json<TransformSpec>(manifest.transform),
    label: json<LabelSpec>(manifest.label),
  }
}
