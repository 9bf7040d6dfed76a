import type { Run } from '#contract'

/** The seconds that most epochs took: the median, the first left out, since it also starts what computes. */
function secondsOf({ epochs }: Run): number | null {
  const seconds = (epochs.length > 1 ? epochs.slice(1) : epochs)
    .map(epoch => epoch.seconds)
    .sort((a, b) => a - b)
  return seconds[seconds.length >> 1] ?? null
}

/** What must be the same for two runs to have done the same work. */
const workOf = ({ version, where, inputs, parameters, plan }: Run): string =>
  JSON.stringify([version, where, inputs, parameters, plan.trainer, plan.batch, plan.target, plan.backend])

/**
 * How much faster the epochs of a run with several workers are than those of the newest run that did the same work on
 * the same target with one. Null where there is none, or nothing to compare.
 */
export function speedUp(run: Run, runs: readonly Run[]): { times: number; than: Run } | null {
  if (run.plan.workers < 2) return null
  const work = workOf(run)
  const than = runs
    .filter(one => one.plan.workers === 1 && one.epochs.length > 0 && workOf(one) === work)
    .sort((a, b) => b.at.localeCompare(a.at))[0]
  const [alone, together] = [than && secondsOf(than), secondsOf(run)]
  return than && alone && together ? { times: alone / together, than } : null
}
