import { closeSync, openSync, readSync, renameSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fail, openTurns } from '../../kit/index.ts'
import type { Duck } from '../duck.ts'
import { withoutPassword } from '../files/address.ts'
import { namedFormat } from '../files/formats.ts'
import { STORES } from './secrets.ts'
import { download, type WebOptions } from './web.ts'

/** Files that are held for whoever asks for the same address next. */
const HELD = 2

/** What lies somewhere, on this computer. */
export interface Brought {
  /** Where it can be read: a file or a folder here, or the place as it was where nothing had to be fetched. */
  path: string
  /** The address that it came from, without secrets; undefined where it lay here. */
  from?: string
  /** What it is called. */
  name: string
  release(): void
}

export interface BringOptions extends WebOptions {
  /** Let DuckDB fetch an extension that is missing. */
  install?: boolean
  /** Nobody will ask for it again soon. */
  once?: boolean
}

/** Brings data from the network to this computer, so that it is read like any file. */
export interface Bringer {
  /**
   * @param place a path, or an address
   * @throws Failure not-found, no-permission, unreachable, unsupported, disk-full, bad-input
   */
  bring(place: string, options?: BringOptions): Promise<Brought>
  close(): void
}

/** Whether a place is an address that something must be fetched from first. */
export function isRemote(place: string): boolean {
  const scheme = /^[a-z][a-z0-9+.-]+:(?=\/\/)/i.exec(place)?.[0].toLowerCase()
  return scheme !== undefined && (scheme === 'http:' || scheme === 'https:' || scheme in STORES)
}

interface Held {
  path: string
  name: string
  tag: string | null
  users: number
  drop(): void
}

export function openBringer(duck: Duck): Bringer {
  const held = new Map<string, Held>()
  const inTurn = openTurns()

  function trim(most: number): void {
    const idle = [...held].filter(([, { users }]) => users === 0)
    for (const [address, one] of idle.slice(0, Math.max(0, held.size - most))) {
      held.delete(address)
      one.drop()
    }
  }

  async function fetched(address: string, { install, once: _, ...options }: BringOptions): Promise<Held> {
    const there = held.get(address)
    const { folder, drop } = duck.scratch()
    try {
      const isWeb = /^https?:/i.test(address)
      if (!isWeb) {
        const { fetchObjects } = await import('./objects.ts')
        const path = await fetchObjects(address, folder, { ...options, install })
        return { path, name: basename(nameOf(address)), tag: null, users: 0, drop }
      }
      const part = join(folder, 'part')
      const got = await download(address, part, { ...options, known: there?.tag })
      if (!got && there) {
        drop()
        return there
      }
      assertNoPage(part, address)
      const name = nameOf(address, got?.name)
      const path = join(folder, name)
      renameSync(part, path)
      return { path, name, tag: got?.tag ?? null, users: 0, drop }
    } catch (error) {
      drop()
      throw error
    }
  }

  return {
    async bring(place, options = {}) {
      if (!isRemote(place)) return { path: place, name: place, release: () => {} }
      if (!URL.canParse(place))
        throw fail('bad-input', 'This is no address of a file.', 'Write it as https://host/path/file.csv.')
      return inTurn(place, async () => {
        const one = await fetched(place, options)
        const before = held.get(place)
        if (before && before !== one && before.users === 0) before.drop()
        held.delete(place)
        held.set(place, one)
        one.users++
        trim(HELD)
        let isReleased = false
        return {
          path: one.path,
          from: withoutPassword(place),
          name: one.name,
          release() {
            if (isReleased) return
            isReleased = true
            one.users--
            if (one.users > 0) return
            if (options.once || held.get(place) !== one || !one.tag) {
              if (held.get(place) === one) held.delete(place)
              one.drop()
            }
          },
        }
      })
    },
    close() {
      for (const one of held.values()) one.drop()
      held.clear()
    },
  }
}

/** What a file at an address is called: as its path ends, or as the other side says where the path tells no format. */
function nameOf(address: string, said?: string | null): string {
  let last = basename(new URL(address).pathname)
  try {
    last = decodeURIComponent(last)
  } catch {
    // An odd name stays as it is.
  }
  const name = said && !namedFormat(last) ? said : last
  return (
    basename(name.replaceAll('\\', '/'))
      .replaceAll(/[^\p{L}\p{N}._ *-]+/gu, '_')
      .slice(-100)
      .replace(/^\.+/, '') || 'data'
  )
}

/** A page that says "log in" has come in place of many a file. @throws Failure unreadable-file */
function assertNoPage(path: string, address: string): void {
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(512)
    const head = bytes.subarray(0, readSync(file, bytes, 0, 512, 0)).toString('latin1')
    if (!/^(\xef\xbb\xbf)?\s*(<!--[\s\S]*?-->\s*)?<(!doctype\s+html|html|head)\b/i.test(head)) return
  } finally {
    closeSync(file)
  }
  throw fail(
    'unreadable-file',
    `At ${withoutPassword(address)} there is a web page, not a file of data.`,
    'Copy the link of the download itself; a page that asks to log in needs the file to be downloaded first.',
  )
}

/** Reads what lies at a place, which is here as long as that takes. */
export async function brought<T>(
  bringer: Bringer,
  place: string,
  options: BringOptions,
  read: (here: Brought) => Promise<T>,
): Promise<T> {
  const here = await bringer.bring(place, options)
  try {
    return await read(here)
  } finally {
    here.release()
  }
}
