import type { DeviceModel, Failure } from '#contract'
import { fail } from '../engine/kit/index.ts'
import type { Model } from './model.ts'
import { newTally, type Tally } from './record.ts'
import type { VersionState } from './rest.ts'
import { type ModelState, newModel, type State } from './state.ts'

/** What a model is in this process, beside what the disk says of it. */
export interface Live {
  current: Model | null
  previous: Model | null
  tally: Tally
  /** Work on a new release that is under way. */
  busy: Promise<void> | null
  fetching: number | null
  failure: Failure | null
  /** The same pointer is not tried again before this moment. */
  wait: { sequence: number; until: number; milliseconds: number } | null
}

/** Trouble with the release itself, not with getting it. */
export const isRefusal = (failure: Failure): boolean =>
  failure.code === 'tampered' || failure.code === 'unsigned' || failure.code === 'unsupported'

/** The models of a device, as they are in memory and on disk. */
export function openShelf(state: State) {
  const live = new Map<string, Live>()

  function of(model: string): Live {
    let found = live.get(model)
    if (!found) {
      found = {
        current: null,
        previous: null,
        tally: newTally(),
        busy: null,
        fetching: null,
        failure: null,
        wait: null,
      }
      live.set(model, found)
    }
    return found
  }
  const stateOf = (model: string): ModelState => state.current.models[model] ?? newModel()
  const names = (): string[] => [...new Set([...Object.keys(state.current.models), ...live.keys()])].sort()

  function wordOf(model: string, failure: Failure | null): DeviceModel['state'] {
    const { held, seen, current } = stateOf(model)
    const here = of(model)
    if (here.fetching !== null) return 'fetching'
    if (failure && isRefusal(failure)) return 'refused'
    // Out of reach for a while is no fault of the model.
    if (failure && failure.code !== 'unreachable') return 'failed'
    if (held !== null && held === seen?.sequence) return 'rolled-back'
    return here.current && current?.sequence === seen?.sequence ? 'serving' : 'waiting'
  }

  return {
    of,
    stateOf,
    names,
    all: (): Live[] => [...live.values()],
    /** @param refusal what keeps the device from trusting its repository, where something does */
    report(model: string, refusal: Failure | null): DeviceModel {
      const { seen, previous, switchedAt } = stateOf(model)
      const here = of(model)
      const failure = refusal ?? here.failure
      return {
        model,
        wanted: seen?.version ?? null,
        reports: here.current?.file.version ?? null,
        previous: previous?.version ?? null,
        state: wordOf(model, failure),
        failure,
        predictions: here.tally.predictions,
        errors: here.tally.errors,
        p50: here.tally.p50(),
        switchedAt,
      }
    },
    /** The one in use, the one kept, the one on its way; null for a model that is not known. */
    versions(model: string): VersionState[] | null {
      if (!names().includes(model)) return null
      const here = of(model)
      const { previous, seen } = stateOf(model)
      const list: VersionState[] = []
      const add = (version: number | undefined, word: VersionState['state'], message = '') => {
        if (version !== undefined && !list.some(each => each.version === version))
          list.push({ version, state: word, message })
      }
      add(here.current?.file.version, 'AVAILABLE')
      add(previous?.version, 'AVAILABLE')
      add(seen?.version, here.failure ? 'END' : 'LOADING', here.failure?.message)
      return list
    },
    /**
     * The model that answers.
     * @param wake loads the kept version when it is asked for after a restart
     * @throws Failure `not-found`, `unreachable` while it is not ready
     */
    serving(model: string, version: number | undefined, wake: () => void): { model: Model; tally: Tally } {
      const known = names()
      if (!known.includes(model))
        throw fail(
          'not-found',
          `There is no model "${model.slice(0, 80)}" on this device.`,
          known.length ? `It has ${known.slice(0, 10).join(', ')}.` : 'It has none yet; publish one.',
        )
      const { current, previous, failure, tally } = of(model)
      if (!current)
        throw fail(
          'unreachable',
          `${model} is not ready on this device yet.`,
          failure?.message ?? 'Ask again in a moment.',
        )
      if (version === undefined || version === current.file.version) return { model: current, tally }
      if (previous?.file.version === version) return { model: previous, tally }
      const kept = stateOf(model).previous?.version
      if (kept === version) {
        wake()
        throw fail('unreachable', `${model} v${version} is being loaded.`, 'Ask again in a moment.')
      }
      throw fail(
        'not-found',
        `${model} has no version ${version} on this device.`,
        `It has ${[current.file.version, kept].filter(number => number !== undefined).join(' and ')}.`,
      )
    },
  }
}
