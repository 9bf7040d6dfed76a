import { FailureError, failureOf } from '../engine/kit/index.ts'
import { LIMITS, type Pointer, type PublicKey } from '../engine/release/index.ts'
import type { Parts } from './parts.ts'
import type { Take } from './take.ts'
import { checkPointer, isRefusal } from './trust.ts'

/** Waits between tries of a release that could not be taken, in milliseconds: doubled each time. */
const FIRST_WAIT = 1000
const LONGEST_WAIT = 60_000

/** One look at one model: is there something newer, and can it be taken? Never throws. */
export type Follow = (key: PublicKey, repositoryId: string, model: string) => Promise<void>

export function openFollowing({ repository, shelf, signal, note }: Parts, take: Take): Follow {
  function remember(pointer: Pointer): void {
    const { model, version, sequence, description } = pointer
    if (shelf.stateOf(model).seen?.sequence === sequence) return
    note('Found', `${model} v${version}, release ${sequence}`)
    shelf.keep(model, { seen: { sequence, version, description: description.hash }, failed: null })
  }

  /** Not wanted: one a person rolled back from, one that did not pass, one that runs, one to be waited for. */
  function isWanted({ model, sequence }: Pointer): boolean {
    const here = shelf.of(model)
    const { current, held, failed } = shelf.stateOf(model)
    if (held === sequence) here.failure = null
    else if (failed?.sequence === sequence) here.failure = failed.failure
    else if (current?.sequence === sequence && here.current) here.failure = null
    else return here.wait?.sequence !== sequence || Date.now() >= here.wait.until
    return false
  }

  function blame(model: string, pointer: Pointer | null, error: unknown): void {
    const here = shelf.of(model)
    const failure = failureOf(error)
    if (!(error instanceof FailureError) && failure.code === 'internal') console.error(error)
    if (here.failure?.message !== failure.message)
      note(isRefusal(failure) ? 'Refused' : 'Failed', failure.message)
    here.failure = failure
    if (!pointer) return
    // A broken line is tried again soon: what has come already is kept.
    const isKnown = here.wait?.sequence === pointer.sequence && failure.code !== 'unreachable'
    const milliseconds = isKnown ? Math.min(LONGEST_WAIT, (here.wait?.milliseconds ?? 0) * 2) : FIRST_WAIT
    here.wait = { sequence: pointer.sequence, until: Date.now() + milliseconds, milliseconds }
  }

  return async (key, repositoryId, model) => {
    let pointer: Pointer | null = null
    try {
      const content = await repository.read({ kind: 'pointer', model }, LIMITS.document, signal)
      // Named in the list, not published yet.
      if (!content) return
      pointer = checkPointer(content, key, repositoryId, model, shelf.stateOf(model).seen)
      remember(pointer)
      if (isWanted(pointer)) await take(key, pointer)
    } catch (error) {
      if (!signal.aborted) blame(model, pointer, error)
    }
  }
}
