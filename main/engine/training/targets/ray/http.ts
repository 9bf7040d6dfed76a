import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'

export interface Answer {
  status: number
  ok: boolean
  text: string
}

/** The line was lost, or never stood: to be tried again. */
export class Lost extends Error {}

export interface Asking {
  method?: 'GET' | 'POST' | 'PUT'
  body?: string | Uint8Array
  signal?: AbortSignal | undefined
  /** For the whole answer, in milliseconds. */
  patience: number
}

/**
 * One request. Node's `fetch` would not do: it says what it is fetched for, as browsers do, and Ray takes no job from a
 * browser, lest a page that someone looks at starts one.
 * @throws Lost, or the signal's reason
 */
export function ask(url: URL, { method = 'GET', body, signal, patience }: Asking): Promise<Answer> {
  const limit = AbortSignal.timeout(patience)
  const request = url.protocol === 'https:' ? requestHttps : requestHttp
  const lost = (error: Error & { code?: string }) =>
    signal?.aborted
      ? (signal.reason as Error)
      : new Lost(limit.aborted ? `no answer in ${patience / 1000} s` : (error.code ?? error.message), {
          cause: error,
        })
  return new Promise((resolve, reject) => {
    const asked = request(
      url,
      {
        method,
        headers: {
          'content-type': typeof body === 'string' ? 'application/json' : 'application/octet-stream',
          ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
        },
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
      },
      answer => {
        const parts: Buffer[] = []
        answer
          .on('data', part => parts.push(part))
          .on('error', error => reject(lost(error)))
          .on('end', () => {
            const status = answer.statusCode ?? 0
            resolve({ status, ok: status >= 200 && status < 300, text: Buffer.concat(parts).toString() })
          })
      },
    )
    asked.on('error', error => reject(lost(error)))
    asked.end(body)
  })
}
