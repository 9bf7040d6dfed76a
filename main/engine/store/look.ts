import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'

/** Codes of SQLite for a folder in which it may not make the file that readers of a WAL share. */
const isShut = (code: string) => code === 'SQLITE_CANTOPEN' || code.startsWith('SQLITE_READONLY')

/**
 * Opens a database only to look at it. Where its folder may not be written (a read-only disk, a stick with its switch
 * on) even looking is refused by SQLite, since a WAL needs a file beside it: then a copy is looked at, which is gone
 * when it is closed.
 */
export function openToLook(file: string): Database.Database {
  const options = { readonly: true, fileMustExist: true, timeout: 5000 }
  try {
    const db = new Database(file, options)
    try {
      db.pragma('user_version')
      return db
    } catch (error) {
      db.close()
      throw error
    }
  } catch (error) {
    if (!isShut((error as { code?: string }).code ?? '') || !existsSync(file)) throw error
  }
  const folder = mkdtempSync(join(tmpdir(), 'edgewright-look-'))
  const drop = () => rmSync(folder, { recursive: true, force: true })
  try {
    const copy = join(folder, 'edgewright.db')
    copyFileSync(file, copy)
    if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${copy}-wal`)
    // Opened for writing, since what the WAL holds must be read into it; nobody sees what happens to a copy.
    const db = new Database(copy, { timeout: 5000 })
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
