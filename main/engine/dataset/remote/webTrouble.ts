import { FailureError, fail } from '../../kit/index.ts'

/** What went wrong, and whether asking again may help. */
export interface Trouble {
  failure: unknown
  again: boolean
}

/** Answers that are worth asking again: the other side is busy, or has a bad moment. */
class Busy extends Error {
  readonly status: number
  constructor(status: number) {
    super(`answered ${status}`)
    this.status = status
  }
}

/** What an answer without a file means. */
export function answerTrouble(status: number, url: URL, shown: string): Error {
  if (status === 404 || status === 410)
    return fail('not-found', `There is nothing at ${shown} (${status}).`, 'Check the address.')
  if (status === 401 || status === 403 || status === 407)
    return fail(
      'no-permission',
      `${url.host} does not give this file to everyone (${status}).`,
      'Use a link that needs no login, or download the file and import it from the disk.',
    )
  if (status === 429 || status >= 500) return new Busy(status)
  return fail(
    'unreachable',
    `${url.host} gives no file for ${shown}; it answered with ${status}.`,
    'Open the address in a browser to see what it says.',
  )
}

const codeOf = (error: unknown): string => {
  for (let at = error, deep = 0; at && typeof at === 'object' && deep < 5; deep++) {
    if ('code' in at && typeof at.code === 'string') return at.code
    at = 'cause' in at ? at.cause : null
  }
  return ''
}

/** What an error on the way means. */
export function networkTrouble(cause: unknown, url: URL, shown: string, have: number): Trouble {
  if (cause instanceof FailureError) return { failure: cause, again: false }
  const code = codeOf(cause)
  const unreachable = (message: string, remedy: string) => fail('unreachable', message, remedy, { cause })
  if (cause instanceof Busy)
    return {
      again: true,
      failure: unreachable(`${url.host} cannot answer now (${cause.status}).`, 'Try again later.'),
    }
  if (/^E(NOSPC|DQUOT|FBIG)$/.test(code))
    return {
      again: false,
      failure: fail('disk-full', 'The disk is full; nothing of this download was kept.', 'Free some space.', {
        cause,
      }),
    }
  if (/^(ENOTFOUND|EAI_AGAIN|EAI_NODATA|ENETUNREACH|ENETDOWN|EHOSTUNREACH)$/.test(code))
    return {
      again: have > 0,
      failure: unreachable(
        `${url.host} cannot be found from this computer.`,
        'Check the address and the network, or import the file from the disk.',
      ),
    }
  if (/CERT|^ERR_TLS|^ERR_SSL|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)/.test(code))
    return {
      again: false,
      failure: unreachable(
        `${url.host} cannot prove who it is, so nothing was fetched from it.`,
        'Download the file in a browser that trusts it, and import it from the disk.',
      ),
    }
  if (code === 'ECONNREFUSED' || (code === 'UND_ERR_INVALID_ARG' && !have))
    return {
      again: have > 0,
      failure: unreachable(`${url.host} does not answer.`, 'Check the address and try again.'),
    }
  return {
    again: true,
    failure: unreachable(
      have
        ? `The download of ${shown} broke off after ${have.toLocaleString('en')} bytes; nothing was kept.`
        : code.startsWith('HPE_')
          ? `${url.host} does not answer as a web server does.`
          : `${url.host} broke off before it gave the file.`,
      'Try again, or download the file and import it from the disk.',
    ),
  }
}
