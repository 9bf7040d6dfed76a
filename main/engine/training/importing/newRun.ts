import { type JobId, Plan, type Run, type RunId } from '#contract'
import { asName, now } from '../../kit/index.ts'

/** A run that was not trained by us, before anything is known of it. */
export const newRun = (
  about: Pick<Run, 'id' | 'model' | 'origin' | 'job'> & Partial<Run> & { id: RunId; job: JobId },
): Run => ({
  // Of a run from elsewhere most of a plan is not known; what it has says nothing and is never carried out.
  plan: {
    ...Plan.parse({ dataset: 'none', label: 'none', name: about.model, trainer: about.origin }),
    dataset: null,
    label: null,
  },
  version: null,
  task: 'regression',
  classes: [],
  state: 'running',
  failure: null,
  backend: null,
  rows: { train: 0, eval: 0, test: 0 },
  inputs: 0,
  parameters: null,
  epochs: [],
  best: null,
  stoppedEarly: false,
  transform: null,
  artifact: null,
  bytes: null,
  search: null,
  repeats: null,
  code: null,
  imageDigest: null,
  tags: [],
  notes: '',
  pinned: false,
  archived: false,
  removedAt: null,
  at: now(),
  endedAt: null,
  ...about,
})

/** What a model is called by the name of its file. */
export const ofFile = (name: string): string => name.replace(/\.(keras|h5|hdf5|tflite|pb|pbtxt|json)$/i, '')

/** The name of a model as a person or a title gives it. */
export function nameFrom(text: string): ReturnType<typeof asName> {
  const plain = text
    .replace(/[^\p{L}\p{N} ._-]+/gu, '-')
    .replace(/^[^\p{L}\p{N}]+|[- ]+$/gu, '')
    .slice(0, 60)
  return asName(plain || 'imported')
}
