import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TargetSpec } from '#contract'
import { dockerTarget } from '../../../../main/engine/training/targets/docker/docker.ts'
import { contextsOf } from '../../../../main/engine/training/targets/docker/trainerImage.ts'
import type { Memory, SavedTarget } from '../../../../main/engine/training/targets/target.ts'

export const worker = fileURLToPath(new URL('../../../../main/engine/training/worker.ts', import.meta.url))
export const contexts = contextsOf(worker)

const { EDGEWRIGHT_DOCKER, EDGEWRIGHT_DOCKER_TLS, EDGEWRIGHT_DOCKER_CERT } = process.env
const { EDGEWRIGHT_DOCKER_SSH, EDGEWRIGHT_DOCKER_KEY } = process.env

const base = { address: null, key: null, cert: null, atOnce: 1, paused: false }

/** The engines that `.ci/docker.sh` started, or why there is none. */
export const ENGINES: { kind: string; spec: TargetSpec | null }[] = [
  {
    kind: 'docker',
    spec: EDGEWRIGHT_DOCKER ? { ...base, name: 'box', kind: 'docker', address: EDGEWRIGHT_DOCKER } : null,
  },
  {
    kind: 'docker-tls',
    spec:
      EDGEWRIGHT_DOCKER_TLS && EDGEWRIGHT_DOCKER_CERT
        ? {
            ...base,
            name: 'far',
            kind: 'docker-tls',
            address: EDGEWRIGHT_DOCKER_TLS,
            cert: EDGEWRIGHT_DOCKER_CERT,
          }
        : null,
  },
  {
    kind: 'docker-ssh',
    spec:
      EDGEWRIGHT_DOCKER_SSH && EDGEWRIGHT_DOCKER_KEY
        ? {
            ...base,
            name: 'shell',
            kind: 'docker-ssh',
            address: EDGEWRIGHT_DOCKER_SSH,
            key: EDGEWRIGHT_DOCKER_KEY,
          }
        : null,
  },
]

export const specOf = (kind: string): TargetSpec =>
  ENGINES.find(each => each.kind === kind)?.spec as TargetSpec

/** What a block of tests needs, said in its name where it is missing; where nothing may be missing (CI=true) it fails. */
export const unless = (there: unknown) => ({
  skip: !there && !process.env.CI,
  hint: there ? '' : ' (skipped: needs the engines that ".ci/docker.sh with COMMAND" starts)',
})

export function inMemory(kept: Record<string, string> = {}): Memory & { kept: Record<string, string> } {
  return {
    kept,
    recall: key => kept[key] ?? null,
    keep: (key, value) => {
      kept[key] = value
    },
  }
}

export const openDocker = (spec: TargetSpec, memory: Memory = inMemory()): SavedTarget =>
  dockerTarget(spec, { memory, contexts })

/** Our own image is also a Node that a person's program can run in; it is made where it is missing. */
export async function nodeImage(target: SavedTarget): Promise<string> {
  const how = { signal: AbortSignal.timeout(120_000), step: () => {} }
  const made = (await target.prepare?.({ kind: 'node' }, how)) ?? []
  return made[0] as string
}

export const inFolder = (folder: string, name: string) => existsSync(join(folder, name))
