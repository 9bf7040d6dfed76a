import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Failure } from '#contract'
import { atomicWrite, FailureError } from '../../../kit/index.ts'
import type { Done } from '../target.ts'

/** How a run ended whose results were fetched: kept before what is on the target is removed, so that it is not lost. */
export const RESULT = 'ended.json'

interface Kept {
  id: string
  done: Done | null
  failure: Failure | null
}

export function keepResult(folder: string, id: string, result: Done | FailureError): void {
  const failed = result instanceof FailureError
  const kept: Kept = { id, done: failed ? null : result, failure: failed ? result.failure : null }
  atomicWrite(join(folder, RESULT), JSON.stringify(kept))
}

/** The end of a run that was kept; null where that has not been reached. */
export function resultKept(folder: string, id: string): Done | FailureError | null {
  const file = join(folder, RESULT)
  if (!existsSync(file)) return null
  const kept = JSON.parse(readFileSync(file, 'utf8')) as Kept
  if (kept.id !== id) return null
  return kept.failure ? new FailureError(kept.failure) : kept.done
}
