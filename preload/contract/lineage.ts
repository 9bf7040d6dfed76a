import { z } from 'zod'
import { Artifact } from './artifact.ts'
import { call } from './call.ts'
import { Hash } from './ids.ts'
import { Job } from './job.ts'

/** What made an artifact, from what, and what was made of it. Written by the job runner, never by a room. */
export const lineage = {
  show: call(
    { title: 'Show what made this', icon: 'git-branch', positional: ['id'], reads: true },
    z.object({ id: Hash }),
    z.object({
      artifact: Artifact,
      job: Job.nullable(),
      parents: z.array(Artifact),
      children: z.array(Artifact),
    }),
  ),
}
