import type { TargetSpec } from '#contract'
import { FailureError, failureOf } from '../../../kit/index.ts'
import type { Memory, SavedTarget } from '../target.ts'
import { checkEngine } from './check.ts'
import { drop, ROLE } from './deliver.ts'
import { addressOf, type Line, openLine } from './line.ts'
import { reach, runThere } from './run.ts'
import { type Contexts, ensureTrainer, IMAGE_LABEL, loadImageFile } from './trainerImage.ts'
import { engineTrouble, lineTrouble } from './trouble.ts'

const WHERE: Partial<Record<TargetSpec['kind'], string>> = {
  docker: 'Containers of the engine',
  'docker-tls': 'Containers over TLS',
  'docker-ssh': 'Containers over ssh',
}

/** Containers of a Docker engine: on this computer, or elsewhere over TLS or ssh. The connection is all that differs. */
export function dockerTarget(
  spec: TargetSpec,
  { memory, contexts }: { memory: Memory; contexts: Contexts },
): SavedTarget {
  addressOf(spec)
  async function over<T>(use: (line: Line) => Promise<T>): Promise<T> {
    const line = openLine(spec, memory)
    try {
      return await use(line)
    } finally {
      line.close()
    }
  }

  return {
    name: spec.name,
    kind: spec.kind,
    title: spec.name,
    outlives: true,
    ready: () => ({ ready: true, why: `${WHERE[spec.kind]} at ${spec.address ?? 'its usual place'}.` }),
    check: async signal => {
      try {
        return await over(({ docker }) => checkEngine(docker, spec, contexts, signal))
      } catch (error) {
        const { message, remedy } = failureOf(lineTrouble(error, spec))
        return [{ name: 'reachable', state: 'failed', says: message, remedy }]
      }
    },
    run: (folder, options) => over(({ docker }) => runThere(docker, spec, contexts, folder, options)),
    prepare: ({ from, base, kind }, { signal, step }) =>
      over(async ({ docker }) => {
        await reach(docker, spec)
        try {
          if (from === undefined) return [await ensureTrainer(docker, contexts, kind, { step, base, signal })]
          step('sending the image')
          const loaded = await loadImageFile(docker, from)
          const { tag } = await contexts(kind)
          if (!loaded.includes(tag))
            step(`it is not the trainer image of this version (${tag}), and is there for runs that name it`)
          return loaded
        } catch (error) {
          signal.throwIfAborted()
          throw error instanceof FailureError ? error : engineTrouble(lineTrouble(error, spec))
        }
      }),
    tidy: () =>
      over(async ({ docker }) => {
        await reach(docker, spec)
        const { Volumes } = await docker.listVolumes({ filters: { label: [`${ROLE}=data`] } })
        for (const { Name } of Volumes ?? []) await drop(docker.getVolume(Name).remove())
        const left = await docker.listVolumes({ filters: { label: [`${ROLE}=data`] } })
        const newest = new Set(
          await Promise.all(
            (['node', 'tensorflow', 'tensorflow-gpu'] as const).map(async kind => (await contexts(kind)).tag),
          ),
        )
        // One that was made anew has left its old self without a name.
        for (const { Id, RepoTags } of await docker.listImages({ filters: { label: [IMAGE_LABEL] } }))
          for (const tag of RepoTags ?? [])
            if (!newest.has(tag)) await drop(docker.getImage(tag.startsWith('<none>') ? Id : tag).remove())
        return (Volumes?.length ?? 0) - (left.Volumes?.length ?? 0)
      }),
  }
}
