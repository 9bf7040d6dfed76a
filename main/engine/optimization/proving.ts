import type { Proof } from '#contract'
import { hasKernel, type LiteModel } from '../graph/index.ts'
import type { JobContext } from '../jobs/index.ts'
import { FailureError, fail } from '../kit/index.ts'
import type { Written } from './files.ts'
import { proofOf } from './proof/index.ts'
import type { Running } from './running.ts'
import type { Samples } from './samples/index.ts'
import { noClasses } from './search.ts'
import { isWhole, toleranceOf, type Wanted } from './wanted.ts'

type Judged = Parameters<typeof proofOf>[4]

/** What a proof needs; null where it is not there. */
export interface Evidence {
  written: Written
  /** Where the written file lies. */
  file: string
  float: LiteModel | null
  samples: Samples | null
  /** The input whose open sizes keep it from being run. */
  open?: string | undefined
  /** Names of the graph's inputs. */
  inputs: string[]
}

/**
 * Proves a variant where that can be done here. That it cannot is told as a warning and stops nothing, except where a
 * person asked for what only a proof can tell, or where the runtime refuses whole numbers that were made by us.
 *
 * @throws Failure `gate-blocked` where the tolerance that was asked for does not hold
 */
export async function proved(
  running: Running,
  wanted: Wanted,
  { written, file, float, samples, open, inputs }: Evidence,
  judged: Judged,
  job: JobContext,
): Promise<Proof | null> {
  const isAsked = toleranceOf(wanted) !== null
  const why =
    open !== undefined
      ? `sizes of the input "${open}" are open`
      : !samples
        ? 'there are no rows to run it on; give some with --calibration'
        : !float
          ? 'the float model has no form in TensorFlow Lite to hold it against'
          : without(written)
  if (why !== null || !samples || !float) {
    if (isAsked)
      throw fail(
        'bad-input',
        `The tolerance cannot be judged: ${why}.`,
        'Give rows with --calibration, or leave the tolerance out.',
      )
    // Freezing changes no number, and takes no rows.
    if (wanted.quantize !== 'none' || wanted.to !== 'graphdef')
      job.log(`It was not proven: ${why}.`, 'warning')
    return null
  }
  const isLite = 'lite' in written
  const contender = {
    form: isLite ? ('tflite' as const) : ('graphdef' as const),
    file,
    lite: isLite ? written.lite : null,
    inputs,
  }
  try {
    const proof = await proofOf(running, float, contender, samples, judged, job)
    if (isAsked) needHeld(proof)
    return proof
  } catch (error) {
    const isRefused = error instanceof FailureError && error.failure.code === 'unsupported-graph'
    if (!isRefused || isAsked || isWhole(wanted)) throw error
    job.log(`It was not proven. ${error.failure.message}`, 'warning')
    return null
  }
}

/** Why a graph cannot be run here, in one sentence that names the operations; null where it can. */
function without(written: Written): string | null {
  if ('lite' in written) return null
  const ops = new Set(written.graph.nodes.map(({ op }) => op).filter(op => !hasKernel(op)))
  return ops.size === 0 ? null : `${[...ops].join(', ')} cannot be computed here as a graph`
}

/** What a person asked to be held must be seen to hold, or nothing is written. */
function needHeld({ disagreements, tolerance }: Proof): void {
  if (!disagreements) throw noClasses()
  if (tolerance && !tolerance.passed)
    throw fail(
      'gate-blocked',
      `The tolerance does not hold. ${tolerance.reason}`,
      'Allow more points, or take another kind of numbers.',
    )
}
