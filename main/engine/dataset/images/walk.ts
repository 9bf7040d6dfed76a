import { readdir, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { isPicture } from './picture.ts'

const natural = new Intl.Collator('en', { numeric: true })

/** What lies in a folder and the folders below it, by paths relative to it, with `/`. */
export interface Walked {
  /** In order of their paths, numbers by their value: 2.jpg comes before 10.jpg. */
  pictures: string[]
  others: string[]
}

/** What systems leave beside pictures. */
const isLeftBehind = (name: string) => /^(\..*|__MACOSX|Thumbs\.db|desktop\.ini)$/i.test(name)

/** Files below a folder; hidden ones and what systems leave behind are not seen. */
export async function walk(folder: string): Promise<Walked> {
  const byFolder = new Map<string, string[]>()
  const others: string[] = []
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (!entry.isFile() && !(entry.isSymbolicLink() && (await isFileAt(path)))) continue
    const home = relative(folder, entry.parentPath).split(sep).join('/')
    const whole = home ? `${home}/${entry.name}` : entry.name
    if (whole.split('/').some(isLeftBehind)) continue
    if (!isPicture(entry.name)) others.push(whole)
    else {
      const there = byFolder.get(home)
      if (there) there.push(entry.name)
      else byFolder.set(home, [entry.name])
    }
  }
  const homes = [...byFolder.keys()].sort(natural.compare)
  const pictures = homes.flatMap(home =>
    (byFolder.get(home) ?? []).sort(natural.compare).map(name => (home ? `${home}/${name}` : name)),
  )
  return { pictures, others: others.sort(natural.compare) }
}

const isFileAt = async (path: string) => {
  try {
    return (await stat(path)).isFile()
  } catch {
    return false
  }
}
