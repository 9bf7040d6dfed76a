import { z } from 'zod'
import { call } from '../call.ts'
import { Job } from '../job.ts'
import { TargetKind, TargetSpec } from './target.ts'
import { OneTarget } from './targets.ts'

/** What a target does now, and what waits for it. */
export const TargetQueue = z.object({
  name: z.string(),
  kind: TargetKind,
  title: z.string(),
  atOnce: z.int(),
  paused: z.boolean(),
  running: z.array(Job),
  /** In the order in which they begin. */
  waiting: z.array(Job),
})
export type TargetQueue = z.infer<typeof TargetQueue>

export const queueEntries = {
  queue: call(
    { title: 'Show what waits for targets', icon: 'list-ordered', positional: ['target'], reads: true },
    z.object({ target: z.string().min(1).optional() }),
    z.object({ targets: z.array(TargetQueue) }),
  ),
  targetSet: call(
    {
      title: 'Set how much a target takes',
      icon: 'sliders-horizontal',
      command: 'target set',
      positional: ['name'],
      undo: 'Set it back',
    },
    OneTarget.extend({
      /** Runs that it takes side by side. */
      atOnce: z.int().min(1).max(64),
    }),
    TargetSpec,
  ),
}
