import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Hash } from '#contract'
import { atomicWrite, ensureFolder, fail, hashFile, moveDurably, syncFolder } from '../engine/kit/index.ts'
import {
  Description,
  openSigningKey,
  readEnvelope,
  type SigningKey,
  TOKEN_FILE,
} from '../engine/release/index.ts'
import { type Current, readCurrent } from './current.ts'

type ReadableSet = { has(hash: string): boolean }

/** What a device keeps on disk. One file, `current.json`, says what runs; it is replaced by a rename. */
export interface State {
  readonly folder: string
  /** The device's own key, for its reports. */
  readonly key: SigningKey
  /** Lets in who may read this folder, and nobody else. */
  readonly token: string
  readonly current: Current
  /** Leaves word for `rollBackHere` where this device answers. */
  address(text: string): void
  /** Takes the new state for good before it returns. */
  write(next: Current): void
  /** Where a blob lies, or null where it is not here with this size. */
  blob(hash: Hash, bytes?: number): string | null
  /** The file a blob is fetched into, and how much of it is there. */
  partial(hash: Hash): { path: string; bytes: number }
  /** Takes a fetched file as the blob it is. @returns false where its hash is another; it is dropped then */
  adopt(hash: Hash): Promise<boolean>
  /** Two models may share a file: only one at a time fetches it, and the other finds it there. */
  alone(hash: Hash, run: () => Promise<void>): Promise<void>
  drop(hash: Hash): void
  /** Removes what no installed release needs, and what is not `underWay`. */
  sweep(underWay: ReadableSet): void
}

/**
 * The real path of a device's state folder; it is made where it is missing.
 * @throws Failure `bad-input` where a file is in the way, and those of the disk
 */
export function stateFolder(path: string): string {
  try {
    return realpathSync(ensureFolder(resolve(path)))
  } catch (error) {
    if (!['EEXIST', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    throw fail(
      'bad-input',
      `${path} is a file, or lies in one, and no folder for a device's state.`,
      'Choose a folder.',
    )
  }
}

/**
 * Opens a device's state folder.
 * @throws Failure `unreadable-file` where `current.json` is damaged: beginning anew would forget which releases are too
 * old to be taken, so a person has to decide that
 */
export function openState(path: string): State {
  const folder = stateFolder(path)
  for (const part of ['blobs', 'partial']) ensureFolder(join(folder, part))
  const key = openSigningKey(folder, 'device-key.pem')
  const file = join(folder, 'current.json')
  let current = readCurrent(file)
  // Written beside their place by a process that was killed before the rename.
  for (const name of readdirSync(folder))
    if (name.endsWith('.part')) rmSync(join(folder, name), { force: true })
  const place = (hash: Hash) => join(folder, 'blobs', hash.slice(0, 2), hash)
  const part = (hash: Hash) => join(folder, 'partial', hash)
  const turns = new Map<Hash, Promise<void>>()
  const drop = (hash: Hash) => rmSync(place(hash), { force: true })

  return {
    folder,
    key,
    token: openToken(folder),
    get current() {
      return current
    },
    address: text => atomicWrite(join(folder, 'address'), text),
    write(next) {
      atomicWrite(file, JSON.stringify(next, null, 1))
      current = next
    },
    blob(hash, bytes) {
      const at = place(hash)
      if (!existsSync(at)) return null
      return bytes === undefined || statSync(at).size === bytes ? at : null
    },
    partial(hash) {
      const at = part(hash)
      return { path: at, bytes: existsSync(at) ? statSync(at).size : 0 }
    },
    async adopt(hash) {
      const from = part(hash)
      if ((await hashFile(from)) !== hash) {
        rmSync(from, { force: true })
        return false
      }
      const to = place(hash)
      ensureFolder(dirname(to))
      await moveDurably(from, to)
      syncFolder(join(folder, 'blobs'))
      return true
    },
    async alone(hash, run) {
      while (turns.has(hash)) await turns.get(hash)?.catch(() => {})
      const turn = run().finally(() => turns.delete(hash))
      turns.set(hash, turn)
      await turn
    },
    drop,
    sweep(underWay) {
      const kept = new Set<string>()
      for (const { current: runs, previous } of Object.values(current.models))
        for (const installed of [runs, previous]) {
          if (!installed) continue
          const description = descriptionOf(place(installed.description))
          // Which files it needs is not known, so nothing is removed until it is whole again.
          if (!description) return
          kept.add(installed.description)
          for (const file of description.files) kept.add(file.hash)
        }
      for (const part of ['blobs', 'partial'])
        for (const entry of readdirSync(join(folder, part), { recursive: true, withFileTypes: true }))
          if (entry.isFile() && !underWay.has(entry.name) && !(part === 'blobs' && kept.has(entry.name)))
            rmSync(join(entry.parentPath, entry.name), { force: true })
    },
  }
}

/** Signed files are read back from the own disk only by their hash, so their form is all that is looked at. */
function descriptionOf(path: string): Description | null {
  try {
    return readEnvelope(readFileSync(path), Description, 'The description').signed
  } catch {
    return null
  }
}

function openToken(folder: string): string {
  const file = join(folder, TOKEN_FILE)
  if (!existsSync(file)) atomicWrite(file, randomBytes(24).toString('base64url'), 0o600)
  return readFileSync(file, 'utf8').trim()
}
