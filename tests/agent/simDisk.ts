import { dirname } from 'node:path'
import type { Disk, DiskFile } from '../../main/agent/ports.ts'

/** The power is gone: nothing that runs after this reaches the disk. */
export class PowerCut extends Error {
  override name = 'PowerCut'
  readonly code = 'EIO'
}

interface Inode {
  /** What a reader sees now. */
  now: Uint8Array
  /** What is on the platter for certain. */
  synced: Uint8Array
  mode: number
}

/** A change of names that a power cut may lose; a rename is one change, whatever folders it touches. */
type Change = { folders: string[]; add: [string, Inode] | null; remove: string | null }

export interface Injected {
  /** Power goes at this operation, counted from 1. */
  cutAt?: number
  /** This operation fails with an error of the system. */
  errorAt?: { at: number; code: string }
  /** Bytes that fit in all. */
  capacity?: number
  /** Names of files that fit in all: a disk with room and no inode left. */
  files?: number
  readOnly?: boolean
  /** From this operation on it is read-only, as a file system makes itself that finds an error. */
  readOnlyFrom?: number
}

const systemError = (code: string, path: string) =>
  Object.assign(new Error(`${code}: ${path}`), { code, path })

/**
 * A disk that forgets: what was written and not synced, names that were made, renamed or removed in a folder that was
 * not synced, and writes torn at 512 or 4096 bytes. Folders themselves last, as the agent's own disk syncs them.
 */
export class SimDisk implements Disk {
  operations = 0
  injected: Injected = {}
  /** What was done, newest last, for a test that fails. */
  readonly trail: string[] = []
  #isOff = false
  #names = new Map<string, Inode>()
  #folders = new Set<string>(['/'])
  #durable = new Map<string, Inode>()
  #pending: Change[] = []

  #step(what: string, path: string, writes = true): void {
    if (this.#isOff) throw new PowerCut('the power is gone')
    if (!writes) return
    this.operations++
    this.trail.push(`${what} ${path}`)
    if (this.trail.length > 60) this.trail.shift()
    if (this.injected.cutAt === this.operations) {
      this.#isOff = true
      throw new PowerCut(`the power went at ${this.operations}: ${what} ${path}`)
    }
    if (this.injected.readOnly || this.operations >= (this.injected.readOnlyFrom ?? Infinity))
      throw systemError('EROFS', path)
    const { errorAt } = this.injected
    if (errorAt?.at === this.operations) throw systemError(errorAt.code, path)
  }

  get used(): number {
    return [...this.#names.values()].reduce((sum, { now }) => sum + now.length, 0)
  }

  read(path: string): Uint8Array | null {
    this.#step('read', path, false)
    return this.#names.get(path)?.now.slice() ?? null
  }

  readPart(path: string, from: number, to: number): Uint8Array | null {
    return this.#names.get(path)?.now.slice(from, to) ?? null
  }

  size(path: string): number | null {
    return this.#names.get(path)?.now.length ?? null
  }

  list(path: string): string[] {
    const prefix = `${path}/`
    const below = [...this.#names.keys(), ...this.#folders].filter(name => name.startsWith(prefix))
    return [...new Set(below.map(name => name.slice(prefix.length).split('/')[0] as string))].filter(Boolean)
  }

  ensureFolder(path: string): void {
    if (this.#folders.has(path)) return
    this.#step('folder', path)
    if (this.#names.size >= (this.injected.files ?? Infinity)) throw systemError('ENOSPC', path)
    for (let at = path; !this.#folders.has(at); at = dirname(at)) this.#folders.add(at)
  }

  open(path: string): DiskFile {
    this.#step('open', path)
    if (!this.#folders.has(dirname(path))) throw systemError('ENOENT', path)
    let inode = this.#names.get(path)
    if (!inode) {
      if (this.#names.size >= (this.injected.files ?? Infinity)) throw systemError('ENOSPC', path)
      inode = { now: new Uint8Array(), synced: new Uint8Array(), mode: 0o600 }
      this.#names.set(path, inode)
      this.#pending.push({ folders: [dirname(path)], add: [path, inode], remove: null })
    }
    const file = inode
    return {
      write: (bytes, at) => {
        this.#step('write', path)
        const room = (this.injected.capacity ?? Infinity) - this.used
        const grows = at + bytes.length - file.now.length
        const fits = grows > room ? Math.max(0, bytes.length - (grows - room)) : bytes.length
        const next = new Uint8Array(Math.max(file.now.length, at + fits))
        next.set(file.now)
        next.set(bytes.subarray(0, fits), at)
        file.now = next
        if (fits < bytes.length) throw systemError('ENOSPC', path)
      },
      truncate: bytes => {
        this.#step('truncate', path)
        const next = new Uint8Array(bytes)
        next.set(file.now.subarray(0, bytes))
        file.now = next
      },
      sync: () => {
        this.#step('sync', path)
        file.synced = file.now
      },
      close: () => {},
    }
  }

  rename(from: string, to: string): void {
    this.#step('rename', `${from} ${to}`)
    const inode = this.#names.get(from)
    if (!inode) throw systemError('ENOENT', from)
    this.#names.delete(from)
    this.#names.set(to, inode)
    this.#pending.push({ folders: [dirname(from), dirname(to)], add: [to, inode], remove: from })
  }

  remove(path: string): void {
    if (this.#folders.has(path) && this.list(path).length === 0) this.#folders.delete(path)
    if (!this.#names.has(path)) return
    this.#step('remove', path)
    this.#names.delete(path)
    this.#pending.push({ folders: [dirname(path)], add: null, remove: path })
  }

  protect(path: string, mode: number): void {
    this.#step('protect', path)
    const inode = this.#names.get(path)
    if (inode) inode.mode = mode
  }

  syncFolder(path: string): void {
    this.#step('syncFolder', path)
    const stays: Change[] = []
    for (const change of this.#pending)
      if (change.folders.includes(path)) apply(this.#durable, change)
      else stays.push(change)
    this.#pending = stays
  }

  free(): number {
    return Math.max(0, (this.injected.capacity ?? 1 << 30) - this.used)
  }

  /** Files that are there, for looking through them. */
  files(): string[] {
    return [...this.#names.keys()].sort()
  }

  /** Changes a file behind everyone's back. */
  damage(path: string, change: (bytes: Uint8Array) => Uint8Array): void {
    const inode = this.#names.get(path)
    if (!inode) throw new Error(`there is no ${path}`)
    inode.now = change(inode.now.slice())
    inode.synced = inode.now
  }

  /** Another disk with all that this one shows now. */
  copy(): SimDisk {
    return this.#made(
      [...this.#names].map(([name, { now, mode }]) => [name, { now, synced: now, mode }] as const),
    )
  }

  /**
   * A disk as it may be found after the power went.
   * @param random 0 to 1, drawn again and again
   */
  afterCut(random: () => number): SimDisk {
    const names = new Map(this.#durable)
    // A journal keeps a beginning of the changes; a disk without one keeps any of them.
    const journals = random() < 0.6
    const kept = Math.floor(random() * (this.#pending.length + 1))
    this.#pending.forEach((change, i) => {
      if (journals ? i < kept : random() < 0.5) apply(names, change)
    })
    const torn = new Map<Inode, Uint8Array>()
    const contentOf = (inode: Inode) => {
      const known = torn.get(inode)
      if (known) return known
      const content = inode.now === inode.synced ? inode.now : tear(inode, random)
      torn.set(inode, content)
      return content
    }
    return this.#made(
      [...names].map(([name, inode]) => {
        const content = contentOf(inode)
        return [name, { now: content, synced: content, mode: inode.mode }] as const
      }),
    )
  }

  #made(files: Iterable<readonly [string, Inode]>): SimDisk {
    const next = new SimDisk()
    next.#names = new Map(files)
    next.#durable = new Map(next.#names)
    next.#folders = new Set(this.#folders)
    return next
  }
}

function apply(names: Map<string, Inode>, { add, remove }: Change): void {
  if (remove !== null) names.delete(remove)
  if (add) names.set(...add)
}

/** Unsynced content: the old one, the new one, or blocks of either. */
function tear({ now, synced }: Inode, random: () => number): Uint8Array {
  const kind = random()
  if (kind < 0.25) return synced
  if (kind < 0.4) return now
  // Its length may be the new one while blocks of it never came.
  const block = random() < 0.5 ? 512 : 4096
  const bytes = new Uint8Array(random() < 0.5 ? now.length : synced.length)
  for (let at = 0; at < bytes.length; at += block) {
    const from = random() < 0.5 ? now : synced
    bytes.set(from.subarray(at, Math.min(at + block, bytes.length)), at)
  }
  return bytes
}
