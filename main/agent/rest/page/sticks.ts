import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fail } from '../../../engine/kit/index.ts'

/** Something that is mounted where sticks are, and the packs on it. */
export interface Stick {
  /** Its folder; `.` where the place itself is the stick. */
  name: string
  packs: string[]
}

const PACK = /\.edgepack$/i
/** More are not shown. */
const MOST = 20

/** What is plugged in now. */
export function sticksIn(media: string): Stick[] {
  const names = namesIn(media)
  const folders = names.filter(name => isFolder(join(media, name)))
  const sticks = folders.map(name => ({ name, packs: packsOf(namesIn(join(media, name))) }))
  const packs = packsOf(names)
  return [...(packs.length ? [{ name: '.', packs }] : []), ...sticks].slice(0, MOST)
}

/**
 * The folder of a stick that is plugged in, and a pack on it: whoever has the PIN reaches sticks and nothing else.
 * @throws Failure `not-found`
 */
export function placeOn(media: string | null, stick: unknown, pack?: unknown): string {
  const found = media === null ? undefined : sticksIn(media).find(({ name }) => name === stick)
  if (media === null || !found)
    throw fail('not-found', 'That stick is not plugged in any more.', 'Plug it in and wait a moment.')
  const folder = join(media, found.name)
  if (pack === undefined) return folder
  if (typeof pack !== 'string' || !found.packs.includes(pack))
    throw fail('not-found', 'That pack is not on the stick any more.', 'Plug it in and wait a moment.')
  return join(folder, pack)
}

const packsOf = (names: string[]) => names.filter(name => PACK.test(name)).slice(0, MOST)

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory() && !path.split(/[\\/]/).at(-1)?.startsWith('.')
  } catch {
    return false
  }
}
