import { ORPCError } from '@orpc/client'
import { Failure } from '#contract'

/** Expected trouble on its way to a page. Pages never see another kind of error from the engine. */
export class FailureError extends Error {
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.message)
    this.name = 'FailureError'
    this.failure = failure
  }
}

/** The engine does not answer: it ended, or the way to it is cut. */
export const engineLost: Failure = {
  code: 'engine-lost',
  message: 'The engine does not answer; what was reported as done is kept.',
  remedy: 'It is started again by itself. Then do this once more.',
}

/** The trouble behind any rejection. What nobody expected reads `internal` and is told to the console whole. */
export function failureOf(reason: unknown): Failure {
  if (reason instanceof FailureError) return reason.failure
  if (reason instanceof ORPCError) {
    const read = Failure.safeParse(reason.data)
    if (read.success) return read.data
    if (reason.code === 'BAD_REQUEST')
      return {
        code: 'bad-input',
        message: issueWords(reason.data) ?? 'Something in what was entered does not fit.',
        remedy: 'Correct it and try again.',
      }
  }
  if (!isAbort(reason)) console.error(reason)
  return {
    code: 'internal',
    message: 'Something went wrong that should not have. Nothing that was reported as done is lost.',
    remedy: 'Try again; if it stays so, the log of the engine says more.',
  }
}

/** The first complaint of the input check at the door, as `field: what is wrong`. */
function issueWords(data: unknown): string | null {
  const issue = (data as { issues?: { message: string; path?: PropertyKey[] }[] } | undefined)?.issues?.[0]
  if (!issue) return null
  const field = issue.path?.map(String).join('.')
  return field ? `${field}: ${issue.message}.` : `${issue.message}.`
}

/** True for the end that a caller asked for by its signal; no page shows it. */
export const isAbort = (reason: unknown): boolean =>
  (reason instanceof Error || reason instanceof DOMException) && reason.name === 'AbortError'

export type Outcome<T> = { ok: true; value: T } | { ok: false; failure: Failure }

/** One call as a value: for buttons that show what came of it in place. */
export async function attempt<T>(call: Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await call }
  } catch (reason) {
    return { ok: false, failure: failureOf(reason) }
  }
}
