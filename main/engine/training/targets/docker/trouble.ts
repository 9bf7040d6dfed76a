import type { TargetSpec } from '#contract'
import { FailureError, fail } from '../../../kit/index.ts'

/** An answer of the engine's API that is no success, or an error of the connection. */
export interface ApiError extends Error {
  statusCode?: number
  code?: string
  reason?: string
}

/** What the engine itself said, without the wrapping. */
export const wordsOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error))
    .replace(/^\(HTTP code \d+\) [^-]*- /, '')
    .replace(/\s+/g, ' ')
    .trim()

export const statusOf = (error: unknown): number | undefined => (error as ApiError | null)?.statusCode

const AWAY = [
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN'],
  ...[
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTDOWN',
    'ERR_STREAM_PREMATURE_CLOSE',
    'ECONNABORTED',
    'ERR_STREAM_DESTROYED',
  ],
]

/** Whether the line was lost rather than something refused: to be tried again. */
export function isLost(error: unknown): boolean {
  if (error instanceof FailureError) return error.failure.code === 'unreachable'
  const { code = '', message = '', statusCode } = error as ApiError
  if (statusCode !== undefined) return false
  return (
    AWAY.includes(code) ||
    code === 'ENOENT' ||
    /socket hang up|aborted|not connected|no response from server|channel open failure|keepalive/i.test(
      message,
    )
  )
}

/** Why an engine does not answer, for a person. What is not about the way there is given back as it is. */
export function lineTrouble(
  error: unknown,
  { kind, address }: Pick<TargetSpec, 'kind' | 'address'>,
): unknown {
  if (error instanceof FailureError) return error
  const { code = '', message = '', statusCode } = error as ApiError
  if (statusCode !== undefined) return error
  const where = address ?? 'this computer'
  if (kind === 'docker' && (code === 'EACCES' || code === 'EPERM'))
    return fail(
      'no-permission',
      `The container engine at ${where} may not be used by this person.`,
      'Join the group "docker" (sudo usermod -aG docker $USER), then log in again.',
      { cause: error },
    )
  if (kind === 'docker' && ['ENOENT', 'ECONNREFUSED', 'ENOTSOCK'].includes(code))
    return fail(
      'unreachable',
      `No container engine answers at ${where}.`,
      'Start Docker (sudo systemctl start docker, or Docker Desktop), then check the target again.',
      { cause: error },
    )
  if (
    /self.signed|unable to verify|unable to get (local )?issuer|certificate|alert|altname|ERR_SSL|EPROTO|ERR_TLS|CERT_|wrong version number/i.test(
      `${code} ${message}`,
    )
  )
    return fail(
      'no-permission',
      `The certificates do not fit ${where}: ${certificateWords(code, message)}.`,
      'Give the folder with the ca.pem, cert.pem and key.pem that were made for this host by --cert.',
      { cause: error },
    )
  if (isLost(error))
    return fail(
      'unreachable',
      `${where} cannot be reached${code ? ` (${reasonOf(code)})` : ''}.`,
      'Check the address, the network and that the computer is on.',
      { cause: error },
    )
  return error
}

function certificateWords(code: string, message: string): string {
  if (/ALTNAME/i.test(code)) return 'its certificate was made for another name'
  if (/EXPIRED/i.test(`${code} ${message}`)) return 'one of them has expired'
  if (/wrong version number/i.test(message)) return 'it does not speak TLS at this port'
  if (/alert|required|unknown ca/i.test(`${message} ${code}`))
    return 'it refused the certificate of this computer'
  return 'its certificate is not signed by the authority in ca.pem'
}

const reasonOf = (code: string): string =>
  ({
    ECONNREFUSED: 'nothing listens there',
    ECONNRESET: 'it closed the connection',
    EHOSTUNREACH: 'there is no way to it',
    ENETUNREACH: 'there is no way to it',
    ENOTFOUND: 'no computer has this name',
    EAI_AGAIN: 'its name could not be looked up',
    ETIMEDOUT: 'it did not answer',
  })[code] ?? code

/** What an engine refuses, in a person's words; anything else as it is. */
export function engineTrouble(error: unknown): unknown {
  if (error instanceof FailureError || statusOf(error) === undefined) return error
  const said = wordsOf(error)
  if (
    /could not select device driver|nvidia-container|no known GPU vendor|failed to discover GPU/i.test(said)
  )
    return noGpu(error)
  if (/no space left on device|disk quota exceeded/i.test(said))
    return fail(
      'disk-full',
      'The disk of the target is full.',
      'Free space there (docker system df shows what takes it; "training target tidy" removes data of earlier runs).',
      { cause: error },
    )
  return fail(
    'training-failed',
    `The container engine refused: ${said.slice(0, 300)}.`,
    'Check the target.',
    {
      cause: error,
    },
  )
}

export const noGpu = (cause?: unknown) =>
  fail(
    'unsupported',
    'The container engine of this target has no GPU driver.',
    'Install the NVIDIA driver and the NVIDIA Container Toolkit there (nvidia-ctk runtime configure, then restart Docker), or train without --gpus.',
    { cause },
  )
