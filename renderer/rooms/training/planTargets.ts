import type { TargetKind, TargetSpec } from '#contract'

/** Fields of a plan that only some targets can follow. */
export type Resource =
  | 'backend'
  | 'script'
  | 'image'
  | 'network'
  | 'gpus'
  | 'workers'
  | 'memoryMb'
  | 'cpus'
  | 'shmMb'
  | 'mixedPrecision'

const CONTAINER: Resource[] = [
  'script',
  'image',
  'network',
  'gpus',
  'workers',
  'memoryMb',
  'cpus',
  'shmMb',
  'mixedPrecision',
]

/** What each kind of target can follow. */
const CAN: Record<TargetKind, readonly Resource[]> = {
  local: ['backend', 'script'],
  webgpu: [],
  docker: CONTAINER,
  'docker-tls': CONTAINER,
  'docker-ssh': CONTAINER,
  ray: CONTAINER.filter(each => each !== 'shmMb'),
}

export const can = (kind: TargetKind, resource: Resource): boolean => CAN[kind].includes(resource)

/** The kind of a target by its name: those that a person added are listed, the others are always there. */
export const kindOfTarget = (name: string, saved: readonly TargetSpec[]): TargetKind =>
  saved.find(target => target.name === name)?.kind ?? (name === 'webgpu' ? 'webgpu' : 'local')
