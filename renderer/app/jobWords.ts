import type { Job } from '#contract'
import type { StatusKind } from '../ui/index.ts'
import { duration, percent } from '../ui/index.ts'

/** The mark of a job's state. */
export const markOf = (job: Job): StatusKind =>
  (
    ({
      queued: 'waiting',
      running: 'running',
      succeeded: 'good',
      failed: 'bad',
      cancelled: 'interrupted',
      interrupted: 'interrupted',
    }) as const
  )[job.status.state]

/** How far a job is, from 0 to 1; null while it cannot be known. */
export function shareOf(job: Job): number | null {
  const { status } = job
  if (status.state === 'succeeded') return 1
  return status.state === 'running' || status.state === 'interrupted' ? status.progress.done : 0
}

/** How long it ran, in milliseconds; null before it ended. */
export const millisOf = (job: Job): number | null =>
  job.startedAt && job.endedAt ? Date.parse(job.endedAt) - Date.parse(job.startedAt) : null

/** How long it ran, in words; null before it ended. */
export const tookOf = (job: Job): string | null => {
  const millis = millisOf(job)
  return millis === null ? null : duration(millis)
}

/** Where a job stands, in the tray's words. */
export function wordsOf(job: Job): string {
  const { status } = job
  switch (status.state) {
    case 'queued':
      return 'waits for a free place'
    case 'running': {
      const { done, step } = status.progress
      return [done === null ? null : percent(done, 0), step].filter(Boolean).join(', ')
    }
    case 'succeeded':
      return tookOf(job) ?? 'done'
    case 'failed':
      return 'failed'
    case 'cancelled':
      return 'cancelled'
    case 'interrupted':
      return status.progress.done === null
        ? 'interrupted'
        : `interrupted at ${percent(status.progress.done, 0)}`
  }
}

/** What is to be read of a job that did not succeed: the reason and the way on, or what was kept. */
export function reasonOf(job: Job): string | null {
  const { status } = job
  if (status.state === 'failed') return `${status.failure.message} ${status.failure.remedy}`
  if (status.state === 'cancelled') return status.kept
  return status.state === 'interrupted'
    ? 'The engine ended while this was running. It can be run again.'
    : null
}
