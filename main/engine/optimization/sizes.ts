import type { Graph } from '../graph/index.ts'
import type { JobContext } from '../jobs/index.ts'
import { fail } from '../kit/index.ts'
import type { Sampled, Samples } from './samples/index.ts'
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
export function sized(graph: Graph, found: Sampled, wanted: Wanted, job: JobContext): Sized {
  const { inputs } = graph
  const samples = { calibration: batched(graph, found.calibration), proof: batched(graph, found.proof) }
  const open = inputs.filter(({ shape }) => shape?.some((size, axis) => axis > 0 && size < 0))
  const [first] = open
  if (!first || !(samples.calibration ?? samples.proof)) return { samples }
  const rows = inputs.map((_, i) => samples.calibration?.inputs[i]?.shape)
  const name = first.key ?? first.name
  if (!isLite(wanted) || !isWhole(wanted) || rows.includes(undefined))
    return { samples: { calibration: null, proof: null }, open: name }
  const shapes = Object.fromEntries(
    inputs.map(input => [
      input.name,
      [Math.max(1, input.shape?.[0] ?? 1), ...(rows[inputs.indexOf(input)] ?? [])],
    ]),
  )
  job.log(
    `Sizes of the input "${name}" are open; the model is made for rows of [${shapes[first.name]?.slice(1).join(', ')}].`,
    'warning',
  )
  return { samples, shapes }
}

/** How many rows a model takes at once, where it takes no other number; else 1. */
export const batchOf = ({ inputs }: Graph): number => {
  const [first = 1] = inputs[0]?.shape ?? []
  return inputs.every(({ shape }) => shape?.[0] === first) ? Math.max(1, first) : 1
}

/** Rows put together as a model with a fixed batch takes them; what is left over is left out. */
function batched(graph: Graph, samples: Samples | null): Samples | null {
  const batch = batchOf(graph)
  if (!samples || batch === 1) return samples
  const rows = Math.floor(samples.rows / batch)
  if (rows === 0)
    throw fail(
      'empty-data',
      `The model takes ${batch} rows at once, and ${samples.from} has ${samples.rows}.`,
      `Give at least ${batch} rows.`,
    )
  return {
    rows,
    from: `${samples.from}, ${batch} at once`,
    inputs: samples.inputs.map(({ data, width, ...input }) => ({
      ...input,
      data: data.subarray(0, rows * batch * width),
      width: batch * width,
    })),
  }
}
