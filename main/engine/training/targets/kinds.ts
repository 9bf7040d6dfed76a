import type { TargetKind, TargetSpec } from '#contract'
import { dockerTarget } from './docker/docker.ts'
import type { Contexts } from './docker/trainerImage.ts'
import { rayTarget } from './ray.ts'
import type { Memory, SavedTarget } from './target.ts'

export interface Surroundings {
  memory: Memory
  contexts: Contexts
}

/** The kinds of targets that a person can add; to add a kind, write it beside this and name it here. */
export const KINDS: Partial<Record<TargetKind, (spec: TargetSpec, around: Surroundings) => SavedTarget>> = {
  docker: dockerTarget,
  'docker-tls': dockerTarget,
  'docker-ssh': dockerTarget,
  ray: (spec, { contexts }) => rayTarget(spec, async () => (await contexts('tensorflow')).folder),
}
