import type { Job } from '#contract'

/** The open work of one target, or of this computer where work needs no target. */
export interface LaneOfJobs {
  /** The target's name; null for this computer. */
  name: string | null
  title: string
  /** The one that began first stands first. */
  running: Job[]
  /** In the order in which they begin. */
  waiting: Job[]
}

const numberOf = (job: Job): number => Number(/\d+$/.exec(job.id)?.[0] ?? 0)

/* What is always there has a title of its own. */
const TITLES: Record<string, string> = { local: 'Training on this computer', webgpu: 'GPU of this computer' }
const titleOf = (name: string | null): string => (name === null ? 'This computer' : (TITLES[name] ?? name))

/** Open jobs by where they are done: this computer first, then targets by name. */
export function lanesOf(open: readonly Job[]): LaneOfJobs[] {
  const byLane = new Map<string | null, Job[]>()
  for (const job of open) byLane.set(job.lane, [...(byLane.get(job.lane) ?? []), job])
  return [...byLane]
    .map(([name, jobs]) => ({
      name,
      title: titleOf(name),
      running: jobs.filter(job => job.status.state === 'running').sort((a, b) => numberOf(a) - numberOf(b)),
      waiting: jobs
        .filter(job => job.status.state === 'queued')
        .sort((a, b) => b.priority - a.priority || numberOf(a) - numberOf(b)),
    }))
    .sort((a, b) => Number(a.name !== null) - Number(b.name !== null) || a.title.localeCompare(b.title))
}

/** What a job that waits is told by: its place in the queue, whether nothing begins there, and a priority that was given. */
export function waitWords(job: Job, { title, waiting }: LaneOfJobs, isPaused: boolean): string {
  const place = waiting.indexOf(job) + 1
  const paused =
    waiting.length > 1 ? `${title} is paused, ${place} of ${waiting.length}` : `${title} is paused`
  return [
    isPaused
      ? paused
      : waiting.length > 1
        ? `waits, ${place} of ${waiting.length}`
        : 'waits for a free place',
    job.priority ? `priority ${job.priority}` : '',
  ]
    .filter(Boolean)
    .join(', ')
}
