import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { ensureFolder, fail, sweepParts } from '../kit/index.ts'
import { type Blobs, openBlobs } from './blobs.ts'
import { holdWorkspace, isWritable } from './hold.ts'
import { openToLook } from './look.ts'

/** The number of the newest migration this build knows. */
export const WORKSPACE_FORMAT = 26

/** An open workspace. */
export interface Store {
  readonly folder: string
  readonly name: string
  /** Another process has it open for writing; here it can only be looked at. */
  readonly readOnly: boolean
  /** The number of the newest migration in it. */
  readonly format: number
  readonly db: Database.Database
  readonly blobs: Blobs
  /** A folder of this workspace, made when it is first asked for; `tmp` is emptied when the workspace is opened. */
  place(...parts: string[]): string
  /**
   * Sees that the workspace is still where it was opened: what is written after its folder was removed is lost.
   * @throws Failure not-found
   */
  assertThere(): void
  /** Bytes of all files in the workspace. */
  bytes(): number
  close(): void
}

const MIGRATIONS = fileURLToPath(new URL('./migrations/', import.meta.url))

/** Pages of the database are journaled by SQLite; a name beside it marks the folder as a workspace. */
const DATABASE = 'edgewright.db'

function migrate(db: Database.Database): void {
  const files = readdirSync(MIGRATIONS)
    .filter(name => /^\d{4}_\w+\.sql$/.test(name))
    .sort()
  const done = db.pragma('user_version', { simple: true }) as number
  const fresh = files.filter(name => Number(name.slice(0, 4)) > done)
  db.transaction(() => {
    for (const name of fresh) {
      db.exec(readFileSync(join(MIGRATIONS, name), 'utf8'))
      db.pragma(`user_version = ${Number(name.slice(0, 4))}`)
    }
  }).immediate()
}

const isCurrent = (db: Database.Database): boolean =>
  (db.pragma('user_version', { simple: true }) as number) >= WORKSPACE_FORMAT

function refuseNewer(db: Database.Database, folder: string): void {
  const format = db.pragma('user_version', { simple: true }) as number
  if (format > WORKSPACE_FORMAT)
    throw fail(
      'workspace-newer',
      `The workspace ${basename(folder)} was written by a newer Edgewright (format ${format}, this one knows ${WORKSPACE_FORMAT}); it was not changed.`,
      'Open it with that version, or update Edgewright.',
    )
}

/**
 * Opens a workspace, or makes one where the folder is missing or empty. When another process holds it, it is opened
 * read-only. Failures: `workspace-newer`, `unreadable-file` (no workspace, or its database is damaged),
 * `no-permission`, `disk-full`.
 */
export function openStore(path: string): Store {
  const folder = resolve(path)
  if (existsSync(folder) && !statSync(folder).isDirectory())
    throw fail(
      'unreadable-file',
      `${path} is a file, not a workspace folder.`,
      'Choose a folder for the workspace.',
    )
  const file = join(folder, DATABASE)
  // One look: between two, another process may have begun to make the workspace here.
  const names = existsSync(folder) ? readdirSync(folder) : []
  if (!names.includes(DATABASE) && names.some(name => !/^(\.|hold\.db)/.test(name)))
    throw fail(
      'unreadable-file',
      `${path} holds other files and is not an Edgewright workspace; nothing was written there.`,
      'Choose an empty or a new folder.',
    )
  ensureFolder(folder)
  const hold = holdWorkspace(folder)
  let db: Database.Database
  try {
    db = hold
      ? new Database(file, { timeout: 5000 })
      : openToLook(file, isWritable(folder), { isCurrent, migrate })
    refuseNewer(db, folder)
    if (hold) {
      db.pragma('journal_mode = WAL')
      db.pragma('synchronous = FULL')
      db.pragma('foreign_keys = ON')
      migrate(db)
    }
  } catch (error) {
    hold?.release()
    const code = (error as { code?: string }).code ?? ''
    if (code === 'SQLITE_NOTADB' || code === 'SQLITE_CORRUPT')
      throw fail(
        'unreadable-file',
        `The database of the workspace ${basename(folder)} is damaged; nothing was changed.`,
        'Copy the workspace back from where you keep copies; the files in its folder "blobs" are not affected.',
        { cause: error },
      )
    throw error
  }
  const opened = statSync(file).ino
  if (hold) {
    rmSync(join(folder, 'tmp'), { recursive: true, force: true })
    for (const place of ['blobs', 'repository']) sweepParts(join(folder, place))
  }
  return {
    folder,
    name: basename(folder),
    readOnly: !hold,
    format: db.pragma('user_version', { simple: true }) as number,
    db,
    blobs: openBlobs(join(folder, 'blobs')),
    place: (...parts) => ensureFolder(join(folder, ...parts)),
    assertThere() {
      if (statSync(file, { throwIfNoEntry: false })?.ino === opened) return
      throw fail(
        'not-found',
        `The folder of the workspace ${basename(folder)} was removed or replaced while it was open; nothing more is written.`,
        `Put it back at ${folder} and open it again, or open another workspace.`,
      )
    },
    bytes: () =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter(entry => entry.isFile())
        .reduce((sum, entry) => {
          try {
            return sum + statSync(join(entry.parentPath, entry.name)).size
          } catch {
            return sum
          }
        }, 0),
    close: () => {
      db.close()
      hold?.release()
    },
  }
}
