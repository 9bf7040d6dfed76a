import type { Run, TrainedRun } from '#contract'
import { fail } from '../kit/index.ts'

/**
 * A run whose data is known.
 * @throws Failure `unsupported` for one that was brought in without its data
 */
export function trainedRun(run: Run): TrainedRun {
  const { version, transform, plan } = run
  if (version === null || transform === null || plan.dataset === null || plan.label === null) throw bare(run)
  return { ...run, version, transform, plan: { ...plan, dataset: plan.dataset, label: plan.label } }
}

/** Why nothing that needs rows can be done with a run. */
export const bare = ({ id }: Pick<Run, 'id'>) =>
  fail(
    'unsupported',
    `${id} was brought in without the data that it learned from, so it cannot be measured on rows.`,
    'Import the model again with its dataset and label.',
  )
