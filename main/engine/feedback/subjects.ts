import type { Hash, Labeling } from '#contract'
import type { DatasetRoom } from '../dataset/index.ts'
import { type ImageFeature, imageOf, type LabelSpec } from '../encoding/index.ts'
import type { RegistryRoom } from '../registry/index.ts'
import { type TrainingRoom, trainedRun } from '../training/index.ts'

/** What is known here of the version of a model whose rows came back. */
export interface Subject {
  /** The model version, as lineage knows it. */
  id: Hash
  label: LabelSpec
  labeling: Labeling
  /** What it takes, where that is a picture. */
  image: ImageFeature | null
}

/** Says of a version what its rows can be labeled with; null where it is not in this workspace any more. */
export type SubjectOf = (model: string, version: number) => Promise<Subject | null>

export function openSubjects({
  dataset,
  training,
  registry,
}: {
  dataset: Pick<DatasetRoom, 'resolve'>
  training: Pick<TrainingRoom, 'get' | 'model'>
  registry: Pick<RegistryRoom, 'resolve'>
}): SubjectOf {
  const known = new Map<string, Subject>()
  return async (model, version) => {
    const key = `${model}@${version}`
    const found = known.get(key)
    if (found) return found
    try {
      const { id, run: name } = registry.resolve(model, version)
      const run = trainedRun(training.get(name))
      const { label, transform } = await training.model(training.get(name))
      const { dataset: of } = dataset.resolve(run.version)
      const subject: Subject = {
        ...{ id, label, image: imageOf(transform) },
        labeling: { task: label.task, column: label.column, classes: label.classes, dataset: of },
      }
      known.set(key, subject)
      return subject
    } catch {
      // It, its data or its model was removed: its rows can be looked at, and that is all.
      return null
    }
  }
}
