import { z } from 'zod'
import { Failure } from './failure.ts'
import { At, JobId } from './ids.ts'

/** How far a running job is. `done` is a share from 0 to 1, or null while it cannot be known. */
export const Progress = z.object({
  done: z.number().min(0).max(1).nullable(),
  /** What is being done, in the user's words: "epoch 9 of 30". */
  step: z.string(),
})
export type Progress = z.infer<typeof Progress>

/** Where a job stands. A job that was running when its engine ended reads `interrupted`. */
export const JobState = z.discriminatedUnion('state', [
  z.object({ state: z.literal('queued') }),
  z.object({ state: z.literal('running'), progress: Progress }),
  z.object({ state: z.literal('succeeded'), result: z.unknown() }),
  z.object({ state: z.literal('failed'), failure: Failure }),
  z.object({ state: z.literal('cancelled'), kept: z.string() }),
  z.object({ state: z.literal('interrupted'), progress: Progress }),
])
export type JobState = z.infer<typeof JobState>

/** Long work as a value. It is written before the work starts and outlives the window. */
export const Job = z.object({
  id: JobId,
  room: z.string(),
  verb: z.string(),
  /** "Train strikes on Bird strikes": what the tray shows. */
  title: z.string(),
  input: z.unknown(),
  /** The target in whose queue it is; null for work that needs none. */
  lane: z.string().nullable(),
  /** Of two that wait in a lane, the one with more begins first. */
  priority: z.int(),
  status: JobState,
  queuedAt: At,
  startedAt: At.nullable(),
  endedAt: At.nullable(),
})
export type Job = z.infer<typeof Job>

/** One line of a job's log. */
export const LogLine = z.object({
  sequence: z.int(),
  at: At,
  level: z.enum(['info', 'warning', 'error']),
  text: z.string(),
})
export type LogLine = z.infer<typeof LogLine>
