import type { Failure } from '#contract'
import { type ModelState, newModel } from './current.ts'
import { withModel } from './install.ts'
import type { Model } from './model.ts'
import { newTally, type Tally } from './record.ts'
import type { State } from './state.ts'

/** What a model is in this process, beside what the disk says of it. */
export interface Live {
  current: Model | null
  previous: Model | null
  readonly tally: Tally
  /** Work on a new release that is under way. */
  busy: Promise<void> | null
  /** The version on its way. */
  fetching: number | null
  failure: Failure | null
  /** The same pointer is not tried again before this moment. */
  wait: { sequence: number; until: number; milliseconds: number } | null
}

const newLive = (): Live => ({
  current: null,
  previous: null,
  tally: newTally(),
  busy: null,
  fetching: null,
  failure: null,
  wait: null,
})

/** The models of a device: as they are in memory, which it owns, and as they are on disk. */
export interface Shelf {
  names(): string[]
  /** A model in memory. */
  of(model: string): Live
  /** A model on disk. */
  stateOf(model: string): ModelState
  /** Changes a model on disk for good before it returns. */
  keep(model: string, change: Partial<ModelState>): void
  all(): Live[]
}

export function openShelf(state: State): Shelf {
  const live = new Map<string, Live>()
  const stateOf = (model: string): ModelState => state.current.models[model] ?? newModel()
  return {
    names: () => [...new Set([...Object.keys(state.current.models), ...live.keys()])].sort(),
    of(model) {
      let found = live.get(model)
      if (!found) {
        found = newLive()
        live.set(model, found)
      }
      return found
    },
    stateOf,
    keep: (model, change) => state.write(withModel(state.current, model, { ...stateOf(model), ...change })),
    all: () => [...live.values()],
  }
}
