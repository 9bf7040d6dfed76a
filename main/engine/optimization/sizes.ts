import type { Graph } from '../graph/index.ts'
import type { JobContext } from '../jobs/index.ts'
import type { Sampled } from './samples/index.ts'
import { isLite, isWhole, type Wanted } from './wanted.ts'

/** Rows to work with, and the shapes that the model is made for, where it has open sizes and cannot keep them. */
export interface Sized {
  samples: Sampled
  shapes?: Record<string, number[]>
  /** The input whose open sizes keep it from being run. */
  open?: string
}

/**
 * No runtime here takes a model whose sizes other than the batch are open. One in whole numbers must be run to find its
 * ranges, so it is made for the size of its rows; any other keeps its open sizes and stays unproven.
 */
export function sized({ inputs }: Graph, samples: Sampled, wanted: Wanted, job: JobContext): Sized {
  const open = inputs.filter(({ shape }) => shape?.some((size, axis) => axis > 0 && size < 0))
  const [first] = open
  if (!first || !(samples.calibration ?? samples.proof)) return { samples }
  const rows = inputs.map((_, i) => samples.calibration?.inputs[i]?.shape)
  const name = first.key ?? first.name
  if (!isLite(wanted) || !isWhole(wanted) || rows.includes(undefined))
    return { samples: { calibration: null, proof: null }, open: name }
  const shapes = Object.fromEntries(
    inputs.map(input => [input.name, [1, ...(rows[inputs.indexOf(input)] ?? [])]]),
  )
  job.log(
    `Sizes of the input "${name}" are open; the model is made for rows of [${shapes[first.name]?.slice(1).join(', ')}].`,
    'warning',
  )
  return { samples, shapes }
}
