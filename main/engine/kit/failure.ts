import type { Failure, FailureCode } from '#contract'

/** Expected trouble on its way to a person. */
export class FailureError extends Error {
  readonly failure: Failure
  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.message, options)
    this.name = 'FailureError'
    this.failure = failure
  }
}

/**
 * Makes a failure to throw: `throw fail('empty-data', 'The file has a header and no rows.', 'Choose a file …')`.
 * @param message one sentence in the user's words: what is wrong, what was kept
 * @param remedy what to do next
 */
export function fail(
  code: FailureCode,
  message: string,
  remedy: string,
  more: { cause?: unknown; node?: string; layer?: string } = {},
): FailureError {
  const { cause, ...place } = more
  return new FailureError({ code, message, remedy, ...place }, { cause })
}

type Told = [code: FailureCode, message: string, remedy: string]

const FULL: Told = [
  'disk-full',
  'The disk is full.',
  'Free some space and do it again; nothing that was there before is lost.',
]
const CLOSED: Told = [
  'no-permission',
  'This place may not be read or written.',
  'Choose another place or change its permissions.',
]

/** Errors of the operating system that are a person's business, by their code. */
const systemTrouble: Record<string, Told> = {
  ENOSPC: FULL,
  EDQUOT: [
    'disk-full',
    'The disk quota is used up.',
    'Free some space and do it again; nothing that was there before is lost.',
  ],
  EACCES: CLOSED,
  EPERM: CLOSED,
  ENOENT: [
    'not-found',
    'A file or folder is not there.',
    'Check the path; it may be on a disk that is not connected.',
  ],
  ENOTDIR: ['bad-input', 'A part of the path is a file and not a folder.', 'Check the path.'],
  EEXIST: ['bad-input', 'Something else of this name is there.', 'Choose another name or place.'],
  ENAMETOOLONG: ['bad-input', 'The name of a file is too long.', 'Choose a shorter name.'],
  EIO: [
    'unreadable-file',
    'The disk did not answer.',
    'Check that it is well connected, and copy the file to another disk.',
  ],
  EISDIR: ['bad-input', 'This is a folder where a file is needed.', 'Choose a file.'],
  EROFS: ['no-permission', 'The disk is read-only.', 'Choose a place on another disk.'],
  EADDRINUSE: [
    'port-taken',
    'Another program uses this port.',
    'Choose another port, or 0 for any free one.',
  ],
  SQLITE_FULL: FULL,
}

/** What to tell a person about anything that was thrown. What is not expected trouble becomes `internal`. */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof FailureError) return thrown.failure
  if (thrown instanceof Error) {
    const code = (thrown as NodeJS.ErrnoException).code ?? ''
    const known = systemTrouble[code]
    if (known) {
      const path = (thrown as NodeJS.ErrnoException).path
      return {
        code: known[0],
        message: path ? `${known[1].slice(0, -1)}: ${path}.` : known[1],
        remedy: known[2],
      }
    }
    if (/no space left on device/i.test(thrown.message)) {
      const [code, message, remedy] = FULL
      return { code, message, remedy }
    }
    if (thrown.name === 'AbortError')
      return { code: 'cancelled', message: 'It was cancelled.', remedy: 'Run it again.' }
  }
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  return {
    code: 'internal',
    message: `Something went wrong inside Edgewright: ${text}`,
    remedy: 'Run it again; if it stays, report it with the log of this job.',
  }
}
