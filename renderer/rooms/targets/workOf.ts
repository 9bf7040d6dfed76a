import type { Job } from '#contract'
import { type LaneOfJobs, lanesOf } from '../../app/lanes.ts'
import type { TargetRow } from './useTargets.ts'

const NOTHING: Pick<LaneOfJobs, 'running' | 'waiting'> = { running: [], waiting: [] }

/** What runs on a target and what waits for it. */
export function workOf(
  { name }: Pick<TargetRow, 'name'>,
  open: readonly Job[],
): Pick<LaneOfJobs, 'running' | 'waiting'> {
  const mine = open.filter(job => job.lane === name)
  return lanesOf(mine)[0] ?? NOTHING
}
