import type { Proof, Tolerance } from '#contract'
import { arenaBytes, type LiteModel } from '../../graph/index.ts'
import type { JobContext } from '../../jobs/index.ts'
import type { Running } from '../running.ts'
import type { Samples } from '../samples/index.ts'
import { differenceOf, disagreementsOf } from './difference.ts'
import { lossesOf, verdictOf } from './tolerance.ts'

export { type Losses, lossesOf, verdictOf } from './tolerance.ts'

/** The model that is held against the float one. */
export interface Contender {
  form: 'tflite' | 'graphdef'
  /** Where its file lies. */
  file: string
  /** The model in that file, where it is TFLite. */
  lite: LiteModel | null
  /** Names of a graph's inputs, in the order of the float model's. */
  inputs?: string[]
}

/**
 * Runs a variant and the float model on the same rows, in a process of its own, and says in figures where they part.
 * @param classes names of the classes where the outputs are classes, empty where they are without names, null where they
 * are values
 */
export async function proofOf(
  running: Running,
  float: LiteModel,
  variant: Contender,
  samples: Samples,
  { classes, tolerance }: { classes: readonly string[] | null; tolerance: Tolerance | null },
  job: JobContext,
): Promise<Proof> {
  const { form, file, inputs } = variant
  const seen = await running.prove(float, { form, file, inputs: inputs ?? [], whole: true }, samples, job)
  const compared = comparedOf(seen, samples, classes)
  return {
    runtime: seen.runtime,
    rows: samples.rows,
    data: samples.from,
    ...differenceOf(seen.before, seen.after),
    ...compared,
    layers: seen.layers,
    latency: seen.latency ?? { runs: 0, median: 0, p95: 0, floatMedian: null },
    arenaBytes: variant.lite ? arenaBytes(variant.lite) : null,
    tolerance: tolerance && verdictOf(lossesOf({ ...compared, rows: samples.rows }), tolerance),
  }
}

/** Where the answers part, by the first output of each row. */
export function comparedOf(
  seen: { before: Float32Array; after: Float32Array; width: number; answer: number },
  { rows, labels, places }: Samples,
  classes: readonly string[] | null,
): Pick<Proof, 'disagreements' | 'perClass'> {
  const { answer, width } = seen
  // A single value that nobody called a class may be anything, so it is compared by its difference alone.
  if (classes === null || answer === 0 || (answer === 1 && classes.length !== 2))
    return { disagreements: null, perClass: [] }
  const first = (all: Float32Array): Float32Array => {
    if (answer === width) return all
    const values = new Float32Array(rows * answer)
    for (let row = 0; row < rows; row++)
      values.set(all.subarray(row * width, row * width + answer), row * answer)
    return values
  }
  return disagreementsOf(first(seen.before), first(seen.after), rows, answer, classes, labels, places)
}
