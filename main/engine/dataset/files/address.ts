import type { FileFormat } from '#contract'
import { fail } from '../../kit/index.ts'
import type { Ask, Found } from './found.ts'

/** Whether a text is an address and no path; a single letter before the colon is a drive of Windows. */
export const isAddress = (place: string): boolean => /^[a-z][a-z0-9+.-]+:\/\//i.test(place)

const quoted = (address: string) => `"${address}"`

/** An address as it may be shown and kept: without the password, wherever it stands. */
export function withoutPassword(address: string): string {
  try {
    const url = new URL(address)
    url.password = ''
    url.hash = ''
    for (const name of [...url.searchParams.keys()])
      if (/pass|secret|token|key|sig|credential|auth/i.test(name)) url.searchParams.delete(name)
    return url.toString()
  } catch {
    return address.replace(/\/\/[^/]*@/, '//')
  }
}

/** What is at an address, without going there yet. @throws Failure bad-input, unsupported */
export async function lookAtAddress(
  address: string,
  wanted: FileFormat | undefined,
  ask: Ask,
): Promise<Found> {
  const shown = withoutPassword(address)
  const scheme = /^[^:]+:/.exec(address)?.[0].toLowerCase() ?? ''
  if (scheme === 'postgres:' || scheme === 'postgresql:') {
    if (wanted && wanted !== 'postgres')
      throw fail('bad-input', `${quoted(shown)} is a database.`, 'Leave the format out.')
    if (!URL.canParse(address))
      throw fail(
        'bad-input',
        'This is no address of a database.',
        'Write it as postgres://user:password@host:5432/database.',
      )
    if (ask.table !== undefined && ask.query !== undefined)
      throw fail('bad-input', 'A table and a query were both given.', 'Give one of them.')
    return {
      path: shown,
      address,
      bytes: 0,
      format: 'postgres',
      compression: 'none',
      encoding: 'utf-8',
      dialect: null,
      notes: [],
      ask,
    }
  }
  throw fail(
    'bad-input',
    `Addresses that begin with ${scheme}// are not read.`,
    'Choose a file, a folder, a pattern, an https:// or s3:// address, or a postgres:// database.',
  )
}
