import { fail } from '../../kit/index.ts'
import { openPack } from '../pack/openPack.ts'
import { openFolder } from './folder.ts'
import { openRemoteSink } from './remote.ts'
import type { Sink, Source } from './source.ts'

/**
 * Opens what a device reads: a folder, an `http(s)` address, or a pack (`.edgepack`). A token as for `openSink`.
 * @throws Failure `bad-input` for what is none of them; `tampered` for a pack that is cut off
 */
export function openSource(where: string, token?: string): Source {
  if (isAddress(where) || !where.trim()) return openSink(where, token)
  return /\.edgepack$/i.test(where) ? openPack(where) : openFolder(where, { makes: false })
}

/**
 * Opens what a publisher writes: a folder, or an `http(s)` address. The token is taken from the address
 * (`http://:token@host`), else it is the one given.
 * @throws Failure `bad-input` for what is neither
 */
export function openSink(where: string, token?: string): Sink {
  if (!where.trim())
    throw fail('bad-input', 'No repository was named.', 'Give a folder or an http(s) address.')
  if (!isAddress(where)) return openFolder(where, { makes: true })
  let url: URL
  let secret: string | undefined
  try {
    url = new URL(where)
    secret = decodeURIComponent(url.password || url.username) || token
  } catch (cause) {
    throw fail('bad-input', `"${where}" is not an address.`, 'Write it like http://host:8600.', { cause })
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw fail(
      'bad-input',
      `A repository cannot be reached by ${url.protocol.slice(0, -1)}.`,
      'Give a folder or an http(s) address.',
    )
  url.username = ''
  url.password = ''
  url.search = ''
  url.hash = ''
  return openRemoteSink(url.href.replace(/\/+$/, ''), secret)
}

const isAddress = (where: string): boolean => /^[a-z][a-z0-9+.-]+:\/\//i.test(where)
