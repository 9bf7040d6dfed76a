import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Filter, Hash, Run, Split } from '#contract'
import { outputWidth } from '../encoding/index.ts'
import type { JobContext } from '../jobs/index.ts'
import { atomicWrite, ensureFolder, fail } from '../kit/index.ts'
import type { Store } from '../store/index.ts'
import type { RowSource } from '../transform/index.ts'
import { backends } from './backends.ts'
import type { Choices } from './choices.ts'
import { encodeSplit } from './encode.ts'
import { readModel } from './model.ts'
import { trainedRun } from './trained.ts'
import { FILES, type PredictWork } from './work.ts'

/** The form of a model that is asked: `layers` as it was trained or brought in, or a GraphDef or TFLite file made of it. */
export type Form = { kind: 'layers' } | { kind: 'graph' | 'tflite'; file: string }

/** Outputs of the net for the rows of a split that have a label. */
export interface Predicted {
  rows: number
  /** Outputs a row: see `outputWidth` of the transform helper. */
  width: number
  /** `rows` times `width`: probabilities, or scaled values for regression. */
  outputs: Float32Array
  /** Index of the class, or the value. */
  labels: Float32Array
  /** Which row of the split (of those that the run may see) each is, from 0, rising: rows without a label are left out. */
  places: Uint32Array
  backend: string
}

/** Rows that are not those that a run was trained on. */
export interface OtherRows {
  version: Hash
  where: Filter | undefined
}

/**
 * Encodes one split of the version that a run was trained on, or of another, and computes the outputs in a worker
 * process.
 * @throws Failure `empty-data` where the split has no rows with a label
 */
export type Predict = (
  run: Run,
  split: Split,
  form: Form,
  job: JobContext,
  on?: OtherRows,
) => Promise<Predicted>

/**
 * Computes the outputs for rows that the caller encoded by the run's transform, in one worker process.
 * @param write writes them into a file: 32-bit floats, little endian, row after row; returns how many rows
 * @returns `rows` times the width of the label's outputs
 */
export type PredictFeatures = (
  run: Run,
  form: Form,
  write: (file: string) => Promise<number>,
  job: JobContext,
) => Promise<Float32Array>

export function openPredicting({
  store,
  dataset,
  choices,
}: {
  store: Store
  dataset: RowSource
  choices: Choices
}): { predict: Predict; predictFeatures: PredictFeatures } {
  return { predict, predictFeatures }

  async function predict(
    run: Run,
    split: Split,
    form: Form,
    job: JobContext,
    on?: OtherRows,
  ): Promise<Predicted> {
    const { transform, label } = readModel(store, run)
    const { version: id, where } = on ?? trainedRun(run)
    const version = dataset.resolve(id)
    let encoded: Awaited<ReturnType<typeof encodeSplit>> | undefined
    const { outputs, backend } = await ask(run, form, split, job, async file => {
      job.progress(0, 'encoding the data')
      encoded = await encodeSplit(
        dataset,
        version,
        { label, transform },
        split,
        { features: file, labels: null },
        {
          signal: job.signal,
          where,
          progress: share => job.progress(share * 0.4, 'encoding the data'),
        },
      )
      if (encoded.rows === 0)
        throw fail(
          'empty-data',
          `The ${split} split of ${version.dataset} has no rows with a value of "${label.column}".`,
          'Choose another split, or import the data with a larger share for it.',
        )
      return encoded.rows
    })
    const { rows, labels, places } = encoded as NonNullable<typeof encoded>
    return { rows, width: outputWidth(label), outputs, labels, places, backend }
  }

  async function predictFeatures(
    run: Run,
    form: Form,
    write: (file: string) => Promise<number>,
    job: JobContext,
  ): Promise<Float32Array> {
    return (await ask(run, form, 'test', job, write)).outputs
  }

  /** Has a worker compute the outputs for rows that were written into its folder. */
  async function ask(
    run: Run,
    form: Form,
    split: Split,
    job: JobContext,
    write: (file: string) => Promise<number>,
  ): Promise<{ outputs: Float32Array; backend: string }> {
    const { manifest, transform, label } = readModel(store, run)
    const folder = ensureFolder(store.place('tmp', `predict-${job.id}-${run.id}-${split}-${form.kind}`))
    try {
      const rows = await write(join(folder, FILES.features(split)))
      if (manifest.format === 'edgewright-model/1')
        for (const [file, hash] of [
          [FILES.topology, manifest.topology],
          [FILES.weights, manifest.weights],
        ] as const)
          atomicWrite(join(folder, file), store.blobs.read(hash))
      const own: Form =
        manifest.format === 'edgewright-model/1'
          ? { kind: 'layers' }
          : { kind: 'graph', file: store.blobs.path(manifest.graph) }
      const work: PredictWork = {
        kind: 'predict',
        // A model answers the same wherever it was trained; a workspace may have come from a computer with native TensorFlow.
        backend: backends().some(({ name, ready }) => name === run.plan.backend && ready)
          ? run.plan.backend
          : 'auto',
        split,
        inputs: transform.width,
        rows,
        form: form.kind === 'layers' ? own : form,
      }
      atomicWrite(join(folder, FILES.work), JSON.stringify(work))
      job.progress(0.4, 'starting the model')
      let backend = ''
      await choices.targetOf('local').run(folder, {
        signal: job.signal,
        line: text => job.log(text),
        tell: message => {
          if (message.kind === 'ready') backend = message.backend
          if (message.kind === 'step') job.progress(0.5 + message.share * 0.5, 'predicting')
        },
      })
      const bytes = readFileSync(join(folder, FILES.outputs))
      const outputs = new Float32Array(new Uint8Array(bytes).buffer)
      const width = outputWidth(label)
      if (outputs.length !== rows * width)
        throw fail(
          'unsupported-graph',
          `The model gave ${outputs.length} outputs for ${rows} rows, where ${width} a row were wanted.`,
          'Make the variant again from the run.',
        )
      return { outputs, backend }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
}
