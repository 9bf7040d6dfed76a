import { fail } from '../kit/index.ts'
import { openFolder } from './folder.ts'
import { openRemote } from './remote.ts'
import type { Repository } from './repository.ts'

/**
 * A folder, or an `http(s)` address. The token for writing is taken from the address (`http://:token@host`), else from
 * the one given.
 * @throws Failure `bad-input` for what is neither
 */
export function openRepository(where: string, token?: string): Repository {
  if (!where.trim())
    throw fail('bad-input', 'No repository was named.', 'Give a folder or an http(s) address.')
  if (!/^[a-z][a-z0-9+.-]+:\/\//i.test(where)) return openFolder(where)
  let url: URL
  try {
    url = new URL(where)
  } catch (cause) {
    throw fail('bad-input', `"${where}" is not an address.`, 'Write it like http://host:8600.', { cause })
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw fail(
      'bad-input',
      `A repository cannot be reached by ${url.protocol.slice(0, -1)}.`,
      'Give a folder or an http(s) address.',
    )
  const secret = decodeURIComponent(url.password || url.username) || token
  url.username = ''
  url.password = ''
  url.search = ''
  url.hash = ''
  return openRemote(url.href.replace(/\/+$/, ''), secret)
}
