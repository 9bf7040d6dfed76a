import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fail, freeBytes } from '../../kit/index.ts'
import { withoutPassword } from '../files/address.ts'
import { answerTrouble, networkTrouble } from './webTrouble.ts'

/** Addresses that one address may lead through. */
const HOPS = 10
/** How often a download that broke off is taken up again without a byte more. */
const TRIES = 3
/** Nothing arrives for so many milliseconds: the other side is gone. */
const PATIENCE = 30_000
/** What a download leaves free on the disk. */
const RESERVE = 512 << 20

export interface WebOptions {
  signal?: AbortSignal
  tell?(share: number | null, step: string): void
  /** What tells an earlier download apart from a changed one. */
  known?: string | null
  /** Bytes at most; default what the disk has room for. */
  most?: number
  patience?: number
}

/** A file that was downloaded. */
export interface Downloaded {
  bytes: number
  /** What the other side calls this state of the file, to ask it later whether it changed; null where it does not say. */
  tag: string | null
  /** The name that the other side gives the file. */
  name: string | null
}

/** The strong tag of a state of a file, or the time of its last change. */
const tagOf = (headers: Headers): string | null => {
  const tag = headers.get('etag')
  return tag && !tag.startsWith('W/') ? tag : headers.get('last-modified')
}

const nameIn = (headers: Headers): string | null => {
  const said = headers.get('content-disposition') ?? ''
  const coded = /filename\*=utf-8''([^;]+)/i.exec(said)?.[1]
  const plain = /filename="?([^";]+)"?/i.exec(said)?.[1]
  try {
    return coded ? decodeURIComponent(coded) : (plain ?? null)
  } catch {
    return plain ?? null
  }
}

/** An address as it is asked: its password goes into a header, which no other site gets to see. */
function requestOf(url: URL, headers: Record<string, string>): { to: URL; headers: Record<string, string> } {
  if (!url.username && !url.password) return { to: url, headers }
  const to = new URL(url)
  to.username = ''
  to.password = ''
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  return { to, headers: { ...headers, authorization: `Basic ${Buffer.from(pair).toString('base64')}` } }
}

/** Asks for an address, and for those that it leads to. @throws Failure unreachable */
async function ask(from: URL, wanted: Record<string, string>, signal: AbortSignal): Promise<Response> {
  let url = from
  for (let hop = 0; hop <= HOPS; hop++) {
    const { to, headers } = requestOf(url, wanted)
    const response = await fetch(to, { headers, redirect: 'manual', signal })
    if (![301, 302, 303, 307, 308].includes(response.status)) return response
    await response.body?.cancel()
    const location = response.headers.get('location')
    const next = location && URL.canParse(location, url) ? new URL(location, url) : null
    const isLower = next?.protocol === 'http:' && url.protocol === 'https:'
    if (!next || !/^https?:$/.test(next.protocol) || isLower)
      throw fail(
        'unreachable',
        `${withoutPassword(from.href)} leads to an address that is not ${isLower ? 'protected as it is itself' : 'on the web'}.`,
        'Ask for a link to the file itself.',
      )
    if (next.origin === url.origin && !next.username) {
      next.username = url.username
      next.password = url.password
    }
    url = next
  }
  throw fail(
    'unreachable',
    `${withoutPassword(from.href)} leads from address to address without an end.`,
    'Ask for a link to the file itself.',
  )
}

/**
 * Downloads what lies at an http(s) address into a file; takes up what breaks off where the other side can go on.
 * @returns null where it is still what `known` tells
 * @throws Failure not-found, no-permission, unreachable, disk-full
 */
export async function download(
  address: string,
  path: string,
  { signal, tell, known, most = freeBytes(dirname(path)) - RESERVE, patience = PATIENCE }: WebOptions = {},
): Promise<Downloaded | null> {
  const url = new URL(address)
  const shown = withoutPassword(address)
  const file = await open(path, 'w')
  let have = 0
  let tag: string | null = null
  let whole: number | null = null
  let name: string | null = null
  let tries = 0
  let farthest = 0
  const grown = (bytes: number) => {
    if (bytes <= most) return
    throw fail(
      'disk-full',
      `What lies at ${shown} is larger than the free space of this disk; nothing was kept.`,
      'Free some space, or choose a smaller file.',
    )
  }
  try {
    for (;;) {
      const stall = new AbortController()
      const lost = () => stall.abort(new Error('stalled'))
      let timer = setTimeout(lost, patience)
      try {
        const all = signal ? AbortSignal.any([signal, stall.signal]) : stall.signal
        const isMore = have > 0 && tag !== null
        // What is unpacked on the way has another length than it was told to have.
        const headers: Record<string, string> = { 'accept-encoding': 'identity', 'user-agent': 'edgewright' }
        if (isMore) Object.assign(headers, { range: `bytes=${have}-`, 'if-range': tag })
        else if (known) Object.assign(headers, conditionOf(known))
        const response = await ask(url, headers, all)
        if (response.status === 304 && known && !isMore) {
          await response.body?.cancel()
          return null
        }
        const goesOn =
          isMore &&
          response.status === 206 &&
          response.headers.get('content-range')?.startsWith(`bytes ${have}-`) === true
        if (response.status !== 200 && !goesOn) {
          await response.body?.cancel()
          throw answerTrouble(response.status, url, shown)
        }
        if (!goesOn) {
          await file.truncate(0)
          have = 0
          tag = tagOf(response.headers)
          name = nameIn(response.headers)
          const length = Number(response.headers.get('content-length') ?? Number.NaN)
          whole = response.headers.has('content-encoding') || !Number.isSafeInteger(length) ? null : length
          grown(whole ?? 0)
        }
        for await (const piece of response.body ?? []) {
          clearTimeout(timer)
          timer = setTimeout(lost, patience)
          await file.write(piece, 0, piece.length, have)
          have += piece.length
          grown(have)
          tell?.(whole ? Math.min(1, have / whole) : null, `fetching ${url.host}`)
        }
        if (whole === null || have >= whole) return { bytes: have, tag, name }
        throw new Error('broken off')
      } catch (cause) {
        signal?.throwIfAborted()
        // What came before counts too: a download that always begins anew does not get on.
        tries = have > farthest ? 1 : tries + 1
        farthest = Math.max(farthest, have)
        const trouble = networkTrouble(cause, url, shown, farthest)
        if (!trouble.again || tries > TRIES) throw trouble.failure
        // Without a tag nobody knows whether what comes next belongs to what is there.
        if (tag === null) have = 0
        await sleep(100 * 2 ** tries, undefined, { signal })
      } finally {
        clearTimeout(timer)
        stall.abort()
      }
    }
  } finally {
    await file.close()
  }
}

const conditionOf = (known: string): Record<string, string> =>
  known.startsWith('"') ? { 'if-none-match': known } : { 'if-modified-since': known }
