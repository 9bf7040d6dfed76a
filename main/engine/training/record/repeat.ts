import type { Repeat, Run, RunId } from '#contract'
import type { JobContext } from '../../jobs/index.ts'
import { fail } from '../../kit/index.ts'
import type { Store } from '../../store/index.ts'
import { readModel } from '../model.ts'
import type { Runs } from '../runs.ts'
import type { openCurves } from './curves.ts'
import { type Curves, verdictOf } from './verdict.ts'
import { type NamedWeights, weightsOf } from './weights.ts'

/** More points of one figure are compared by what is left of them when they are thinned out. */
const MOST_POINTS = 20_000

/** Does a run again with everything that decided it, and says whether the same came of it. */
export function openRepeating({
  store,
  runs,
  curves,
  repeat,
}: {
  store: Store
  runs: Runs
  curves: ReturnType<typeof openCurves>
  /** Begins the same again and brings it to its end. */
  repeat(run: Run, job: JobContext): Promise<Run>
}) {
  function weights(run: Run): NamedWeights[] | null {
    if (!run.artifact) return null
    const model = readModel(store, run)
    return weightsOf(model, model.manifest.format === 'edgewright-model/1' ? 'layers' : 'graph')
  }

  function curvesOf(run: Run): Curves {
    const found: Curves = new Map()
    if (run.epochs.length > 0) return found
    for (const { key } of curves.of(run.id)) {
      const { x, y } = curves.curve({ run: run.id, key, axis: 'step', most: MOST_POINTS })
      found.set(
        key,
        x.map((step, i) => ({ step, value: y[i] ?? null })),
      )
    }
    return found
  }

  const sideOf = (run: Run) => ({ run, weights: weights(run), curves: curvesOf(run) })

  return async function rerun(id: RunId, tolerance: number, job: JobContext): Promise<Repeat> {
    const before = runs.get(id)
    if (before.origin === 'imported')
      throw fail(
        'bad-input',
        `${id} was trained elsewhere and brought in, so it cannot be trained again here.`,
        'Train a run of its own on the same data, and compare the two.',
      )
    if (before.state !== 'succeeded')
      throw fail(
        'bad-input',
        `${id} did not come to its end, so there is nothing to hold a repetition to.`,
        'Continue the run first.',
      )
    const again = await repeat(before, job)
    const found = verdictOf(sideOf(before), sideOf(again), tolerance)
    job.log(found.says, found.verdict === 'different' ? 'warning' : 'info')
    runs.line(again.id, { text: `${found.says} (held to ${id})` })
    return { run: again, repeats: before.id, ...found }
  }
}
