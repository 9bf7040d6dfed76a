import type { Artifact, Contract, Job } from '#contract'

/** Where in the window a thing is shown, as a path of the router. */
export const pathOf = (room: keyof Contract | 'home' | 'targets' | 'settings', id?: string): string => {
  const base = room === 'home' ? '/' : room === 'dataset' ? '/data' : `/${room}`
  return id ? `${base}/${encodeURIComponent(id)}` : base
}

const ROOM_OF: Record<Artifact['kind'], keyof Contract> = {
  'dataset-version': 'dataset',
  statistics: 'statistics',
  schema: 'validation',
  validation: 'validation',
  transform: 'transform',
  model: 'training',
  evaluation: 'evaluation',
  'calibration-set': 'optimization',
  variant: 'optimization',
  'model-version': 'registry',
  release: 'publishing',
  samples: 'feedback',
}

/** The page that shows an artifact. */
export const pathOfArtifact = (artifact: Artifact): string =>
  artifact.kind === 'dataset-version' || artifact.kind === 'evaluation'
    ? pathOf(ROOM_OF[artifact.kind], artifact.id)
    : pathOf(ROOM_OF[artifact.kind])

/** The page where the outcome of a job is seen; null where it has none of its own. */
export function pathOfJob(job: Job): string {
  const result = (job.status.state === 'succeeded' ? job.status.result : null) as { id?: string } | null
  const input = (job.input ?? {}) as { run?: string }
  if (job.room === 'training') return pathOf('training', result?.id ?? input.run)
  if (job.room === 'evaluation') return pathOf('evaluation', result?.id)
  if (job.room === 'dataset') return pathOf('dataset', result?.id)
  return pathOf(job.room as keyof Contract)
}
