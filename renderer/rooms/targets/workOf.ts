import type { Job } from '#contract'
import { type LaneOfJobs, lanesOf } from '../../app/lanes.ts'
import type { TargetRow } from './useTargets.ts'

const NOTHING: Pick<LaneOfJobs, 'running' | 'waiting'> = { running: [], waiting: [] }

/** The target that a job names; what names none is done on this computer. */
const targetOf = ({ input }: Job): string => (input as { target?: string } | null)?.target ?? 'local'

/** What runs on a target and what waits for it. The ones that are always there share the queue of this computer. */
export function workOf(
  { name, spec }: Pick<TargetRow, 'name' | 'spec'>,
  open: readonly Job[],
): Pick<LaneOfJobs, 'running' | 'waiting'> {
  const here = (job: Job) => (targetOf(job) === 'webgpu' ? 'webgpu' : 'local')
  const mine = open.filter(job => (spec ? job.lane === name : job.lane === null && here(job) === name))
  return lanesOf(mine)[0] ?? NOTHING
}
