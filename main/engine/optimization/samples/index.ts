import { existsSync } from 'node:fs'
import { basename, extname } from 'node:path'
import type { Split } from '#contract'
import type { DatasetRoom } from '../../dataset/index.ts'
import type { JobContext } from '../../jobs/index.ts'
import { fail } from '../../kit/index.ts'
import type { TrainingRoom } from '../../training/index.ts'
import type { Source } from '../source.ts'
import { datasetRows } from './dataset.ts'
import { readNpz } from './npz.ts'
import { type PictureScale, type SampleInput, type Samples, samplesOf } from './samples.ts'

export type { PictureScale, SampleInput, Samples } from './samples.ts'

/** Rows that a model is calibrated on, and others that it is proven on. */
export interface Sampled {
  calibration: Samples | null
  proof: Samples | null
}

interface Wanted {
  /** An .npz or .npy file, or a dataset; without it a run brings its own rows. */
  data: string | undefined
  /** At most so many rows of each. */
  rows: { calibration: number; proof: number }
  split: Split
  scale: PictureScale
}

/**
 * Finds the rows for a model: of a run those of its train split to calibrate on and those of another to prove it; of a
 * file or dataset the first to calibrate on, and those after them to prove it, or the same where there are no more.
 *
 * @throws Failure `not-found` for data that is not there, `bad-input` where it does not fit the model
 */
export async function sampledFor(
  source: Source,
  inputs: SampleInput[],
  { data, rows, split, scale }: Wanted,
  { dataset, training }: { dataset: DatasetRoom; training: TrainingRoom },
  job: JobContext,
): Promise<Sampled> {
  if (data === undefined) {
    if (!('run' in source) || source.run.version === null) return { calibration: null, proof: null }
    const { run } = source
    const of = async (part: Split, most: number): Promise<Samples> => {
      const encoded = await training.features(run, part, most, job)
      return {
        rows: encoded.rows,
        inputs: [{ data: encoded.features, width: encoded.width }],
        labels: encoded.labels,
        places: encoded.places,
        from: `the ${part} split of ${run.id}`,
      }
    }
    return { calibration: await of('train', rows.calibration), proof: await of(split, rows.proof) }
  }
  const most = rows.calibration + rows.proof
  const all =
    existsSync(data) && /^\.np[yz]$/i.test(extname(data))
      ? samplesOf(readNpz(data), inputs, basename(data), most)
      : await datasetRows(dataset, data, inputs, { most, scale }, job)
  if (all.rows === 0) throw fail('empty-data', `${data} has no rows.`, 'Choose data with at least one row.')
  const first = part(all, 0, Math.min(all.rows, rows.calibration))
  const rest = part(all, first.rows, all.rows)
  return {
    calibration: first,
    proof: rest.rows > 0 ? rest : { ...first, from: `${all.from}, the same rows` },
  }
}

const part = (samples: Samples, from: number, to: number): Samples => ({
  rows: to - from,
  inputs: samples.inputs.map(input => ({
    ...input,
    data: input.data.subarray(from * input.width, to * input.width),
  })),
  labels: samples.labels?.subarray(from, to),
  places: Uint32Array.from({ length: to - from }, (_, i) => from + i),
  from: samples.from,
})
