import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'

/**
 * Codes of SQLite for a file that is not there, for a folder in which it may not make the file that readers of a WAL
 * share, and for a database that is only now being made.
 */
const isShut = (code: string) => /^SQLITE_(CANTOPEN|READONLY|BUSY)/.test(code)

/** What a workspace must be before it can be read, and how a copy becomes so. */
export interface Current {
  isCurrent(db: Database.Database): boolean
  migrate(db: Database.Database): void
}

/** Who has the workspace may be about to make it, or to bring it up to date; that takes far less. In milliseconds. */
const PATIENCE = 2000
const pause = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)

/** The database itself, or null where it is not there, cannot be looked at in its place, or is of an older format. */
function openInPlace(file: string, { isCurrent }: Current): Database.Database | null {
  let db: Database.Database | undefined
  try {
    db = new Database(file, { readonly: true, fileMustExist: true, timeout: 5000 })
    if (isCurrent(db)) return db
  } catch (error) {
    db?.close()
    if (!isShut((error as { code?: string }).code ?? '')) throw error
    return null
  }
  db.close()
  return null
}

/**
 * Opens a database only to look at it. Where its folder may not be written (a read-only disk, a stick with its switch
 * on) even looking is refused by SQLite, since a WAL needs a file beside it: then a copy is looked at, which is gone
 * when it is closed. So it is with a database of an older format that nobody brings up to date.
 * @param isHeld another process has the workspace and may be making what is not there yet
 */
export function openToLook(file: string, isHeld: boolean, current: Current): Database.Database {
  const until = performance.now() + (isHeld ? PATIENCE : 0)
  for (;;) {
    const db = openInPlace(file, current)
    if (db) return db
    if (performance.now() >= until) break
    pause()
  }
  const folder = mkdtempSync(join(tmpdir(), 'edgewright-look-'))
  const drop = () => rmSync(folder, { recursive: true, force: true })
  try {
    const copy = join(folder, 'edgewright.db')
    copyFileSync(file, copy)
    if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${copy}-wal`)
    // Opened for writing, since what the WAL holds must be read into it; nobody sees what happens to a copy.
    const db = new Database(copy, { timeout: 5000 })
    if (!current.isCurrent(db)) current.migrate(db)
    db.pragma('query_only = ON')
    const close = db.close.bind(db)
    db.close = () => {
      close()
      drop()
      return db
    }
    process.once('exit', drop)
    return db
  } catch (error) {
    drop()
    throw error
  }
}
