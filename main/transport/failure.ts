import { ORPCError } from '@orpc/client'
import { Failure } from '#contract'
import { FailureError, failureOf } from '../engine/kit/index.ts'

/** The failure in whatever a client threw: one that crossed the wall, refused input, or a lost engine. */
export function failureFrom(thrown: unknown): Failure {
  if (thrown instanceof ORPCError) {
    const crossed = Failure.safeParse(thrown.data)
    if (crossed.success) return crossed.data
    if (thrown.code === 'BAD_REQUEST') {
      const issues =
        (thrown.data as { issues?: { path?: PropertyKey[]; message: string }[] } | undefined)?.issues ?? []
      const words = issues.map(issue => `${issue.path?.join('.') || 'the input'} ${issue.message}`).join('; ')
      return {
        code: 'bad-input',
        message: `The input is not right: ${words}.`,
        remedy: 'Correct it and do it again.',
      }
    }
  }
  if (
    thrown instanceof Error &&
    !(thrown instanceof FailureError) &&
    /closed|not open|disconnected/i.test(thrown.message)
  )
    return {
      code: 'engine-lost',
      message: 'The engine ended before it answered.',
      remedy: 'It is started again by itself; do it once more when it is back.',
    }
  return failureOf(thrown)
}
