import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Run, Split } from '#contract'
import type { JobContext } from '../jobs/index.ts'
import { ensureFolder, fail } from '../kit/index.ts'
import type { Store } from '../store/index.ts'
import type { RowSource } from '../transform/index.ts'
import { encodeSplit } from './encode.ts'
import { readModel } from './model.ts'
import { trainedRun } from './trained.ts'
import { FILES } from './work.ts'

const MOST_VALUES = 2 ** 26

/** Rows as the net of a run takes them. */
export interface EncodedRows {
  rows: number
  /** Values of a row. */
  width: number
  /** `rows` times `width`. */
  features: Float32Array
  /** Index of the class, or the value. */
  labels: Float32Array
  /** Which row of the split (of those that the run may see) each is, from 0. */
  places: Uint32Array
}

/**
 * Encodes the first rows of a split that have a label.
 * @param most at least so many rows are read, where there are as many; no more are given, and of wide rows (pictures)
 * no more than 256 MB hold
 * @throws Failure `empty-data` where the split has no rows with a label
 */
export type Features = (run: Run, split: Split, most: number, job: JobContext) => Promise<EncodedRows>

export function openFeatures({ store, dataset }: { store: Store; dataset: RowSource }): Features {
  return async function features(run, split, most, job) {
    const { transform, label } = readModel(store, run)
    const version = dataset.resolve(trainedRun(run).version)
    const wanted = Math.max(1, Math.min(most, Math.floor(MOST_VALUES / transform.width)))
    const folder = ensureFolder(store.place('tmp', `features-${job.id}-${split}`))
    try {
      const file = join(folder, FILES.features(split))
      const encoded = await encodeSplit(
        dataset,
        version,
        { label, transform },
        split,
        { features: file, labels: null },
        {
          signal: job.signal,
          where: run.where,
          most: wanted,
          progress: share => job.progress(share, 'encoding the data'),
        },
      )
      const rows = Math.min(encoded.rows, wanted)
      if (rows === 0)
        throw fail(
          'empty-data',
          `The ${split} split of ${version.dataset} has no rows with a value of "${label.column}".`,
          'Choose another split, or import the data with a larger share for it.',
        )
      const { width } = transform
      const bytes = new Uint8Array(readFileSync(file).subarray(0, rows * width * 4))
      return {
        rows,
        width,
        features: new Float32Array(bytes.buffer, bytes.byteOffset, rows * width),
        labels: encoded.labels.subarray(0, rows),
        places: encoded.places.subarray(0, rows),
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }
}
