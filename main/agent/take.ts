import { failureOf, now } from '../engine/kit/index.ts'
import type { Pointer, PublicKey } from '../engine/release/index.ts'
import type { ModelState } from './current.ts'
import { activated, fetchRelease } from './install.ts'
import { loadModel, type Model } from './model.ts'
import type { Parts } from './parts.ts'

/** Fetches the release a pointer names, loads it beside the one that answers, and switches to it. */
export type Take = (key: PublicKey, pointer: Pointer) => Promise<void>

/** Owns which files are under way, so that clearing up after one model leaves what another is fetching. */
export function openTaking({ repository, state, shelf, loader, signal, note }: Parts): Take {
  const underWay = new Map<string, Set<string>>()

  async function take(key: PublicKey, pointer: Pointer): Promise<void> {
    const { model, version } = pointer
    const hashes = new Set<string>()
    underWay.set(model, hashes)
    shelf.of(model).fetching = version
    const began = performance.now()
    const description = await fetchRelease(repository, state, key, pointer, hashes, signal)
    const tf = await loader.tf()
    signal.throwIfAborted()
    const fetched = performance.now()
    let next: Model
    try {
      next = loadModel(state, description, tf)
    } catch (error) {
      shelf.keep(model, { failed: { sequence: pointer.sequence, failure: failureOf(error) } })
      throw error
    }
    const before = shelf.stateOf(model)
    // Rolled back by a person while this was on its way.
    if (before.held === pointer.sequence) return next.dispose()
    try {
      state.write(activated(state.current, pointer, now()))
    } catch (error) {
      next.dispose()
      throw error
    }
    swap(pointer, before, next)
    const took = `${Math.round(fetched - began)} ms to fetch, ${Math.round(performance.now() - fetched)} ms to switch`
    note(
      'Switched',
      before.current
        ? `${model} v${before.current.version} to v${version}, ${took}`
        : `${model} v${version}, ${took}`,
    )
    underWay.delete(model)
    state.sweep(new Set([...underWay.values()].flatMap(set => [...set])))
  }

  /** From here on the disk says the new one; the swap in memory is between two requests. */
  function swap({ model, description }: Pointer, before: ModelState, next: Model): void {
    const here = shelf.of(model)
    if (here.current) next.memory.adopt(here.current.memory)
    const again = before.current?.description === description.hash
    if (again) here.current?.dispose()
    else {
      here.previous?.dispose()
      here.previous = here.current
    }
    here.current = next
    here.failure = null
    here.wait = null
    here.fetching = null
  }

  return async (key, pointer) => {
    try {
      await take(key, pointer)
    } finally {
      shelf.of(pointer.model).fetching = null
      underWay.delete(pointer.model)
    }
  }
}
