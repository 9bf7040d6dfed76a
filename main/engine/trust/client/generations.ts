import { fail, hashOf } from '../../kit/index.ts'
import type { Generation, TrustDisk, TrustStore } from '../door.ts'

const FOLDER = /^gen-(\d{6,12})$/
/** Written last into a generation: what is in it, by hash, and whether a refresh came to its end with it. */
const LIST = 'FILES'
const CURRENT = 'CURRENT'

interface Listed {
  whole: boolean
  /** Role to hash. */
  files: Record<string, string>
}

/**
 * What a client trusts, in generations on a disk that may lose power at any moment: `gen-000042/` holds one file for
 * each role, `CURRENT` names the newest. A generation is written and synced before it is named, and the one before it
 * stays until then, so that a device never goes back to knowing nothing and never forgets a version it has seen.
 */
export function openGenerations(disk: TrustDisk, folder: string): TrustStore {
  const at = (...parts: string[]) => [folder, ...parts].join('/')
  const fileOf = (role: string) => `${encodeURIComponent(role)}.json`

  const numbers = () =>
    disk
      .list(folder)
      .flatMap(name => FOLDER.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => b - a)

  const nameOf = (number: number) => `gen-${String(number).padStart(6, '0')}`

  function listed(generation: string): Listed | null {
    const bytes = disk.read(at(generation, LIST))
    try {
      const [sum, text] = Buffer.from(bytes ?? [])
        .toString('utf8')
        .split('\n')
      return text && sum === hashOf(text) ? JSON.parse(text) : null
    } catch {
      return null
    }
  }

  function intact(generation: string): (Generation & { whole: boolean }) | null {
    const list = listed(generation)
    if (!list) return null
    const files = new Map<string, Uint8Array>()
    for (const [role, hash] of Object.entries(list.files)) {
      const bytes = disk.read(at(generation, fileOf(role)))
      if (!bytes || hashOf(bytes) !== hash) return null
      files.set(role, bytes)
    }
    return { files, whole: list.whole }
  }

  const current = () => {
    const bytes = disk.read(at(CURRENT))
    return bytes && Buffer.from(bytes).toString('utf8').trim()
  }

  /** The one that is named first, then the others from the newest. */
  function* generations() {
    const named = current()
    const all = numbers().map(nameOf)
    const order = named && all.includes(named) ? [named, ...all.filter(name => name !== named)] : all
    for (const name of order) {
      const generation = intact(name)
      if (generation) yield { name, ...generation }
    }
  }

  function load(): (Generation & { name: string; whole: boolean }) | null {
    for (const generation of generations()) return generation
    if (current() === null) return null
    throw fail(
      'tampered',
      'What this device knew of its publisher is damaged, so it cannot tell news from old copies; what runs goes on.',
      'Check its disk, then set the device up anew with the root file of the publisher.',
    )
  }

  function write(path: string, content: Uint8Array): void {
    const file = disk.open(path)
    try {
      file.truncate(0)
      file.write(content, 0)
      file.sync()
    } finally {
      file.close()
    }
  }

  function drop(generation: string): void {
    for (const name of disk.list(at(generation))) disk.remove(at(generation, name))
    disk.remove(at(generation))
  }

  function save(files: ReadonlyMap<string, Uint8Array>, whole: boolean): void {
    const list: Listed = {
      whole,
      files: Object.fromEntries([...files].map(([role, bytes]) => [role, hashOf(bytes)])),
    }
    const before = load()
    if (before && isSame(listed(before.name), list)) return
    const name = nameOf((numbers()[0] ?? 0) + 1)
    disk.ensureFolder(at(name))
    for (const [role, bytes] of files) write(at(name, fileOf(role)), bytes)
    const text = JSON.stringify(list)
    write(at(name, LIST), Buffer.from(`${hashOf(text)}\n${text}`))
    disk.syncFolder(at(name))
    disk.syncFolder(folder)
    write(at(`${CURRENT}.tmp`), Buffer.from(`${name}\n`))
    disk.rename(at(`${CURRENT}.tmp`), at(CURRENT))
    disk.syncFolder(folder)
    // The one before stays for a disk that rots, and the last whole one for who asks without a connection.
    const stay = new Set([name, before?.name, whole ? name : wholeOne()?.name])
    for (const each of numbers().map(nameOf)) if (!stay.has(each)) drop(each)
  }

  function wholeOne(): (Generation & { name: string }) | null {
    for (const generation of generations()) if (generation.whole) return generation
    return null
  }

  return { load, whole: wholeOne, save }
}

/** A whole one stays so where nothing changed and only the next refresh did not come to its end. */
const isSame = (before: Listed | null, next: Listed): boolean =>
  before !== null &&
  (before.whole || !next.whole) &&
  JSON.stringify(Object.entries(before.files).sort()) === JSON.stringify(Object.entries(next.files).sort())
