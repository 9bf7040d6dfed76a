import { z } from 'zod'
import { call, watch } from './call.ts'
import { JobId } from './ids.ts'
import { Job, LogLine } from './job.ts'

const One = z.object({ id: JobId })

/** The jobs of the workspace, newest first. */
export const jobs = {
  list: call(
    { title: 'Show jobs', icon: 'list-checks', reads: true },
    z.object({
      state: z.enum(['open', 'ended', 'all']).default('all'),
      limit: z.int().min(1).max(1000).default(100),
    }),
    z.object({ jobs: z.array(Job) }),
  ),
  show: call({ title: 'Show a job', icon: 'list-checks', positional: ['id'], reads: true }, One, Job),
  cancel: call(
    { title: 'Cancel a job', icon: 'circle-x', positional: ['id'], undo: 'Run it again' },
    One,
    Job,
  ),
  /** Of two that wait for the same, the one with the higher priority begins first. */
  prioritize: call(
    {
      title: 'Change the priority of a job',
      icon: 'arrow-up-narrow-wide',
      positional: ['id', 'priority'],
      undo: 'Change it back',
    },
    z.object({ id: JobId, priority: z.int().min(-100).max(100) }),
    Job,
  ),
  again: call({ title: 'Run a job again', begins: true, icon: 'rotate-cw', positional: ['id'] }, One, Job),
  logs: call(
    { title: 'Show the log of a job', icon: 'scroll-text', positional: ['id'], reads: true },
    z.object({ id: JobId, after: z.int().min(0).default(0) }),
    z.object({ lines: z.array(LogLine) }),
  ),
  /**
   * Every change of any job; begins with the jobs that are open now. With an id: that job as it stands, then its
   * changes, until it is over.
   */
  watch: watch({ title: 'Watch jobs', icon: 'activity' }, z.object({ id: JobId.optional() }), Job),
}
