import { z } from 'zod'
import { At, Hash, JobId } from './ids.ts'

export const ArtifactKind = z.enum([
  'dataset-version',
  'statistics',
  'schema',
  'validation',
  'transform',
  'model',
  'evaluation',
  'calibration-set',
  'variant',
  'model-version',
  'release',
  'samples',
])
export type ArtifactKind = z.infer<typeof ArtifactKind>

/** Something immutable that a job made. Its id is the hash of its content. */
export const Artifact = z.object({
  id: Hash,
  kind: ArtifactKind,
  /** What a person calls it: "Bird strikes v2". */
  title: z.string(),
  /** The job that made it first. */
  madeBy: JobId.nullable(),
  at: At,
})
export type Artifact = z.infer<typeof Artifact>
