import type { Evaluation, Metrics, ModelVersion, TrainedRun, Variant } from '#contract'
import { canonicalJson } from '../kit/index.ts'
import { FORMAT, type ModelFile, RELEASE_FILES } from '../release/index.ts'
import type { Store } from '../store/index.ts'
import type { TrainedModel } from '../training/index.ts'
import type { ReleasePlan } from './publishRelease.ts'

/** What a device needs of a version, as files among the workspace's blobs: graph, transform, and what the model is. */
export function releaseFiles(
  store: Store,
  { transform, label }: Pick<TrainedModel, 'transform' | 'label'>,
  version: ModelVersion,
  run: TrainedRun,
  variant: Variant,
  measured: { metrics: Metrics | null; evaluation: Evaluation['id'] | null },
): ReleasePlan['files'] {
  const file: ModelFile = {
    format: FORMAT,
    model: version.model,
    version: version.version,
    variant: variant.kind,
    task: run.task,
    label,
    inputs: variant.inputs,
    outputs: variant.outputs,
    metrics: measured.metrics,
    lineage: {
      run: run.id,
      trained: run.artifact,
      dataset: run.version,
      transform: run.transform,
      variant: variant.id,
      evaluation: measured.evaluation,
    },
  }
  const json = (name: string, value: unknown) => {
    const text = canonicalJson(value)
    const hash = store.blobs.put(text)
    return { name, hash, bytes: Buffer.byteLength(text), path: store.blobs.path(hash) }
  }
  return [
    {
      name: RELEASE_FILES.graph,
      hash: variant.id,
      bytes: store.blobs.read(variant.id).length,
      path: store.blobs.path(variant.id),
    },
    json(RELEASE_FILES.transform, transform),
    json(RELEASE_FILES.model, file),
  ]
}
