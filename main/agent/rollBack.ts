import { fail, now } from '../engine/kit/index.ts'
import type { Parts } from './parts.ts'

/**
 * Takes a model back to the version that is kept, and keeps the one it ran; the release rolled back from is not
 * followed again, a newer one is.
 * @throws Failure `not-found` where none is kept, `already-there` where it was switched meanwhile
 */
export async function rollBack({ state, shelf, loader, key, note }: Parts, model: string): Promise<void> {
  const here = shelf.of(model)
  const before = shelf.stateOf(model)
  if (!before.current || !before.previous || !state.current.trusted)
    throw fail(
      'not-found',
      `There is no version of ${model} on this device to go back to.`,
      'Publish the wanted version again.',
    )
  const trusted = await key()
  const back = here.previous ?? (trusted ? await loader.load(trusted, model, before.previous) : null)
  if (!back || shelf.stateOf(model) !== before)
    throw fail('already-there', `${model} was switched just now.`, 'Look again which version runs.')
  shelf.keep(model, {
    current: before.previous,
    previous: before.current,
    held: before.seen?.sequence ?? before.current.sequence,
    switchedAt: now(),
  })
  if (here.current) back.memory.adopt(here.current.memory)
  here.previous = here.current
  here.current = back
  here.failure = null
  note('Rolled back', `${model} v${before.current.version} to v${before.previous.version}`)
}
