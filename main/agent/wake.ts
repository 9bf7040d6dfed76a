import { failureOf } from '../engine/kit/index.ts'
import type { Parts } from './parts.ts'

/** Brings up what ran here before, without asking anyone; where that is damaged, the version before it. */
export async function wake({ state, shelf, loader, key, note }: Parts): Promise<void> {
  const trusted = await key().catch(() => null)
  if (!trusted) return
  for (const [model, { current, previous }] of Object.entries(state.current.models)) {
    if (!current) continue
    const here = shelf.of(model)
    try {
      here.current = await loader.load(trusted, model, current)
    } catch (error) {
      const failure = failureOf(error)
      here.failure = failure
      note('Damaged', failure.message)
      if (!previous) continue
      try {
        here.current = await loader.load(trusted, model, previous)
      } catch {
        continue
      }
      note('Went back', `${model} v${previous.version}, because v${current.version} does not load`)
      // The pointer is taken again as soon as the repository can be reached: what is missing is fetched then.
      shelf.keep(model, { current: previous, previous: null })
    }
  }
}

/** Loads the kept version of a model, once at a time, when it is asked for after a restart. Never throws. */
export function openWakingKept({ shelf, loader, key, note }: Parts): (model: string) => Promise<void> {
  const waking = new Set<string>()
  return async model => {
    const { previous } = shelf.stateOf(model)
    const here = shelf.of(model)
    if (!previous || here.previous || waking.has(model)) return
    waking.add(model)
    const isStillKept = () => shelf.stateOf(model).previous === previous
    try {
      const trusted = await key()
      const woken = trusted && (await loader.load(trusted, model, previous))
      if (isStillKept() && !here.previous) here.previous = woken
      else woken?.dispose()
    } catch (error) {
      note('Damaged', failureOf(error).message)
      if (isStillKept()) shelf.keep(model, { previous: null })
    } finally {
      waking.delete(model)
    }
  }
}
