import type { Evaluation, Metrics, ModelVersion, TrainedRun, Variant } from '#contract'
import { canonicalJson } from '../../kit/index.ts'
import { FORMAT, type Golden, type ModelFile } from '../../release/index.ts'
import type { Store } from '../../store/index.ts'
import type { TrainedModel } from '../../training/index.ts'

/** Name of the file that computes, by the form of a model. */
export const weightsName = (kind: Variant['kind']): 'model.tflite' | 'graph.pb' =>
  kind.startsWith('tflite') ? 'model.tflite' : 'graph.pb'

/** A file of a release, where it lies in this workspace. */
export interface LocalFile {
  name: string
  content: Uint8Array | { path: string }
}

/** What a device needs of a version: what computes, its transform, what the model is, and rows to try it with. */
export function releaseFiles(
  store: Store,
  { transform, label }: Pick<TrainedModel, 'transform' | 'label'>,
  version: ModelVersion,
  run: TrainedRun,
  variant: Variant,
  measured: { metrics: Metrics | null; evaluation: Evaluation['id'] | null },
  golden: Golden,
): LocalFile[] {
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
  const json = (name: string, value: unknown): LocalFile => ({
    name,
    content: Buffer.from(canonicalJson(value)),
  })
  return [
    { name: weightsName(variant.kind), content: { path: store.blobs.path(variant.id) } },
    json('transform.json', transform),
    json('model.json', file),
    json('golden.json', golden),
  ]
}
