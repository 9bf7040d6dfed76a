import type { TargetSpec } from '#contract'
import type { Doors } from '../../jobs/index.ts'
import { fail } from '../../kit/index.ts'
import type { Store } from '../../store/index.ts'
import { checkCredentials, fromHome } from './credentials.ts'
import { contextsOf } from './docker/trainerImage.ts'
import { KINDS } from './kinds.ts'
import { localTarget } from './local.ts'
import { openSaved } from './saved.ts'
import type { SavedTarget, Target } from './target.ts'
import type { GpuDoor } from './webgpu/lending.ts'
import { webgpuTarget } from './webgpu.ts'

type Door = GpuDoor &
  Pick<
    Doors['training'],
    | 'targetAdd'
    | 'targetList'
    | 'targetRemove'
    | 'targetCheck'
    | 'targetPrepare'
    | 'targetTidy'
    | 'targetPause'
    | 'targetResume'
    | 'targetSet'
  >

export interface Targets {
  /** Those that are always there, then those that a person added. */
  list(): Target[]
  find(name: string): Target | null
  /** What a person said of a target; of one that is always there how much it takes. Null: there is none. */
  specOf(name: string): TargetSpec | null
  door: Door
}

/** Runs side by side on the processor of this computer, where a person did not say it; a GPU takes one. */
const AT_ONCE = 2

/**
 * All places to train: this computer, and what a person added.
 * @param worker the worker's file on this computer
 * @param changed hears when a target takes more or less than before
 */
export function openTargets(
  store: Store,
  worker: string,
  changed: (spec: TargetSpec) => void = () => {},
): Targets {
  const saved = openSaved(store)
  const contexts = contextsOf(worker)
  const local = localTarget(worker)
  const webgpu = webgpuTarget()
  const always: Target[] = [local, webgpu]

  function madeOf(spec: TargetSpec): SavedTarget {
    const kind = KINDS[spec.kind]
    if (!kind)
      throw fail(
        'unsupported',
        `Targets of the kind ${spec.kind} cannot be added.`,
        `Choose one of ${Object.keys(KINDS).join(', ')}.`,
      )
    return kind(spec, { memory: saved.memoryOf(spec.name), contexts })
  }

  function find(name: string): SavedTarget | null {
    return always.find(each => each.name === name) ?? (saved.has(name) ? madeOf(saved.get(name)) : null)
  }

  function existing(name: string): SavedTarget {
    return find(name) ?? madeOf(saved.get(name))
  }

  const isAlways = (name: string) => always.some(each => each.name === name)

  function specOf(name: string): TargetSpec | null {
    if (saved.has(name)) return saved.get(name)
    const found = always.find(each => each.name === name)
    if (!found) return null
    const atOnce = found.kind === 'local' ? AT_ONCE : 1
    return { name, kind: found.kind, address: null, key: null, cert: null, atOnce, paused: false }
  }

  function put(spec: TargetSpec): TargetSpec {
    saved.put(spec)
    changed(spec)
    return spec
  }
  const change = (name: string, some: Partial<TargetSpec>) =>
    put({ ...(specOf(name) ?? saved.get(name)), ...some })
  const added = () => saved.list().filter(({ name }) => !isAlways(name))

  const door: Door = {
    ...webgpu.door,
    targetAdd: async ({ name, kind, address, key, cert, atOnce }) => {
      if (isAlways(name) || saved.has(name))
        throw fail(
          'already-there',
          `There is a target "${name}" already.`,
          'Choose another name, or remove it first.',
        )
      const spec = {
        name,
        kind,
        address: address ?? null,
        key: key === undefined ? null : fromHome(key),
        cert: cert === undefined ? null : fromHome(cert),
        atOnce,
        paused: false,
      }
      // Says what is wrong with its address now, and not when something is to be trained.
      madeOf(spec)
      checkCredentials(spec)
      return put(spec)
    },
    targetList: async () => ({ targets: added() }),
    targetRemove: async ({ name }) => {
      if (isAlways(name))
        throw fail(
          'unsupported',
          `The target "${name}" is always there.`,
          'Pause it to have nothing begin there.',
        )
      const spec = saved.remove(name)
      // What still waits for it is to hear that it is gone.
      changed({ ...spec, paused: false })
      return spec
    },
    targetCheck: async ({ name }, { signal }) => {
      const target = existing(name)
      const checks = await target.check(signal)
      return { name, kind: target.kind, ok: checks.every(({ state }) => state !== 'failed'), checks }
    },
    targetPrepare: async ({ name, from, base, image }, job) => {
      const target = existing(name)
      if (!target.prepare) throw fail('unsupported', `"${name}" needs no image.`, 'It can be used as it is.')
      job.keeps('What had arrived on the target stays there.')
      const step = (words: string) => {
        job.progress(0.5, words)
        job.log(words)
      }
      const images = await target.prepare({ from, base, kind: image }, { signal: job.signal, step })
      return { name, images }
    },
    targetTidy: async ({ name }) => {
      const target = existing(name)
      return { name, removed: (await target.tidy?.()) ?? 0 }
    },
    targetPause: async ({ name }) => change(name, { paused: true }),
    targetResume: async ({ name }) => change(name, { paused: false }),
    targetSet: async ({ name, atOnce }) => change(name, { atOnce }),
  }

  return {
    list: () => [...always, ...added().map(madeOf)],
    find,
    specOf,
    door,
  }
}
