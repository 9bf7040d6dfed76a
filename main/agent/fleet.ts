import { fail } from '../engine/kit/index.ts'
import type { DeviceReport } from '../engine/release/index.ts'
import type { Model } from './model.ts'
import type { Tally } from './record.ts'
import type { Shelf } from './shelf.ts'

/** A version that answers, or what is known of one that does not. */
export interface VersionState {
  version: number
  state: 'AVAILABLE' | 'LOADING' | 'END'
  message: string
}

/** What a device serves: all that its REST door needs to know of it. */
export interface Fleet {
  models(): string[]
  /** The one in use, the one kept, the one on its way; null for a model that is not known. */
  versions(model: string): VersionState[] | null
  /**
   * The model that answers; without a version the one in use.
   * @throws Failure `not-found`, `unreachable` while it is not ready
   */
  serving(model: string, version?: number): { model: Model; tally: Tally }
  report(): DeviceReport
  rollBack(model: string): Promise<void>
  /** Lets in who may roll back. */
  readonly token: string
}

/** @param orders what the device does when it is asked; `wakeKept` loads the kept version after a restart */
export function openFleet(
  shelf: Shelf,
  orders: Pick<Fleet, 'report' | 'rollBack' | 'token'> & { wakeKept(model: string): void },
): Fleet {
  return {
    models: shelf.names,
    versions(model) {
      if (!shelf.names().includes(model)) return null
      const { current, failure } = shelf.of(model)
      const { previous, seen } = shelf.stateOf(model)
      const list: VersionState[] = []
      const add = (version: number | undefined, word: VersionState['state'], message = '') => {
        if (version !== undefined && !list.some(each => each.version === version))
          list.push({ version, state: word, message })
      }
      add(current?.file.version, 'AVAILABLE')
      add(previous?.version, 'AVAILABLE')
      add(seen?.version, failure ? 'END' : 'LOADING', failure?.message)
      return list
    },
    serving(model, version) {
      const known = shelf.names()
      if (!known.includes(model))
        throw fail(
          'not-found',
          `There is no model "${model.slice(0, 80)}" on this device.`,
          known.length ? `It has ${known.slice(0, 10).join(', ')}.` : 'It has none yet; publish one.',
        )
      const { current, previous, failure, tally } = shelf.of(model)
      if (!current)
        throw fail(
          'unreachable',
          `${model} is not ready on this device yet.`,
          failure?.message ?? 'Ask again in a moment.',
        )
      if (version === undefined || version === current.file.version) return { model: current, tally }
      if (previous?.file.version === version) return { model: previous, tally }
      const kept = shelf.stateOf(model).previous?.version
      if (kept === version) {
        orders.wakeKept(model)
        throw fail('unreachable', `${model} v${version} is being loaded.`, 'Ask again in a moment.')
      }
      throw fail(
        'not-found',
        `${model} has no version ${version} on this device.`,
        `It has ${[current.file.version, kept].filter(number => number !== undefined).join(' and ')}.`,
      )
    },
    report: orders.report,
    rollBack: orders.rollBack,
    token: orders.token,
  }
}
