import type { Failure } from '#contract'
import { FailureError, failureOf } from '../engine/kit/index.ts'
import { type Index, LIMITS, type PublicKey } from '../engine/release/index.ts'
import type { Follow } from './follow.ts'
import type { Parts } from './parts.ts'
import { checkIndex } from './trust.ts'

/** Looks again and again what the repository offers. Owns what keeps it from that, if anything does. */
export function openLookout(
  { repository, state, shelf, signal, key: trustedKey, note }: Parts,
  follow: Follow,
  pollSeconds: number,
) {
  let trouble: Failure | null = null
  let polling: NodeJS.Timeout | undefined
  let round: Promise<void> = Promise.resolve()

  async function look(): Promise<void> {
    let key: PublicKey | null
    let index: Index
    try {
      key = await trustedKey()
      const content = key && (await repository.read({ kind: 'index' }, LIMITS.document, signal))
      if (!key || !content) {
        clearTrouble()
        return
      }
      index = checkIndex(content, key, state.current, repository.address)
      remember(key, index)
      clearTrouble()
    } catch (error) {
      if (!signal.aborted) refuse(error)
      return
    }
    for (const model of new Set([...index.models, ...Object.keys(state.current.models)])) {
      const here = shelf.of(model)
      here.busy ??= follow(key, index.repository, model).finally(() => {
        here.busy = null
      })
    }
  }

  /** Pins key and repository at first sight, and how far the repository has come. */
  function remember(key: PublicKey, index: Index): void {
    const known = state.current.repository
    const isKnown =
      state.current.trusted === key.spki &&
      known?.id === index.repository &&
      known.index === index.sequence &&
      known.address === repository.address
    if (isKnown) return
    const other = known !== null && known.id !== null && known.id !== index.repository
    // Another repository counts for itself; only a person can have pointed this device at it.
    const models = Object.entries(state.current.models).map(
      ([model, before]) =>
        [model, other ? { ...before, seen: null, held: null, failed: null } : before] as const,
    )
    state.write({
      ...state.current,
      trusted: key.spki,
      repository: { address: repository.address, id: index.repository, index: index.sequence },
      models: Object.fromEntries(models),
    })
  }

  function refuse(error: unknown): void {
    const failure = failureOf(error)
    if (!(error instanceof FailureError) && failure.code === 'internal') console.error(error)
    if (trouble?.message !== failure.message)
      note(failure.code === 'unreachable' ? 'Repository lost' : 'Refused', failure.message)
    trouble = failure
  }

  function clearTrouble(): void {
    if (trouble?.code === 'unreachable') note('Repository back', repository.address)
    trouble = null
  }

  function poll(): void {
    round = look()
      .catch(error => console.error(error))
      .then(() => {
        if (!signal.aborted) polling = setTimeout(poll, pollSeconds * 1000)
      })
  }

  return {
    get trouble() {
      return trouble
    },
    start: poll,
    /** Ends with the look that is under way and what was begun by it; the signal is to be aborted before. */
    async stop(): Promise<void> {
      clearTimeout(polling)
      await round
      await Promise.allSettled(shelf.all().map(here => here.busy))
    },
  }
}
