import { FailureError, failureOf } from '../../engine/kit/index.ts'

/** What a request that cannot be answered is told: TensorFlow Serving's one text, with the status of its kind. */
export interface Refusal {
  status: 400 | 403 | 404 | 409 | 413 | 429 | 500 | 503
  body: { error: string }
  headers: Record<string, string>
}

const STATUS: Record<string, Refusal['status']> = {
  'bad-input': 400,
  'wrong-type': 400,
  'not-found': 404,
  'already-there': 409,
  'no-permission': 403,
  tampered: 409,
  expired: 409,
  'in-use': 429,
  unreachable: 503,
}

/** Bytes of one request. */
export const LONGEST_BODY = 32 << 20

/** More than a request may bring. */
export class TooLong extends FailureError {
  constructor() {
    super({
      code: 'bad-input',
      message: 'The request is longer than 32 MB.',
      remedy: 'Send the instances in several requests.',
    })
  }
}

export function refusalOf(error: unknown): Refusal {
  const { code, message, remedy } = failureOf(error)
  // A full or read-only disk is no bug, and has its sentence.
  if (!(error instanceof FailureError) && code === 'internal') console.error(error)
  const status = error instanceof TooLong ? 413 : (STATUS[code] ?? 500)
  return {
    status,
    body: { error: `${message} ${remedy}`.trim() },
    headers: status === 503 ? { 'retry-after': '1' } : {},
  }
}
