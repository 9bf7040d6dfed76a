import type { Job, JobId } from '#contract'

/** The number in a job's id: of two with the same priority, the earlier one begins first. */
const numberOf = (job: Job): number => Number(/\d+$/.exec(job.id)?.[0] ?? 0)

/** A priority is between these. */
const MOST = 100

/**
 * The fewest changes of priority that bring waiting jobs into another order.
 * @param wanted the jobs in the order in which they are to begin
 * @returns null where there is no priority left to give
 */
export function prioritiesFor(wanted: readonly Job[]): { id: JobId; priority: number }[] | null {
  const changes: { id: JobId; priority: number }[] = []
  let next: { priority: number; number: number } | null = null
  for (const job of wanted.toReversed()) {
    const number = numberOf(job)
    const least: number = next === null ? -MOST : next.priority + (number < next.number ? 0 : 1)
    const priority = Math.max(job.priority, least)
    if (priority > MOST) return null
    if (priority !== job.priority) changes.push({ id: job.id, priority })
    next = { priority, number }
  }
  return changes
}

/** The same jobs with one of them moved by so many places. */
export function moved(jobs: readonly Job[], id: JobId, by: -1 | 1): Job[] {
  const at = jobs.findIndex(job => job.id === id)
  const to = at + by
  if (at < 0 || to < 0 || to >= jobs.length) return [...jobs]
  const rest = jobs.filter(job => job.id !== id)
  return rest.toSpliced(to, 0, jobs[at] as Job)
}
