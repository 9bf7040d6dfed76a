import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'

/** The right to write into a workspace. It ends with the process that has it, also after `kill -9`. */
export interface Hold {
  release(): void
}

/** Whether a folder may be written: a stick with its switch on or a share may only be looked at. */
export function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/**
 * Takes the workspace for this process, or returns null when another one has it. The lock is SQLite's exclusive
 * lock on a small database of its own: the operating system drops it when its process ends, so no stale lock
 * file can ever shut a person out, and it works the same on every system.
 */
export function holdWorkspace(folder: string): Hold | null {
  // SQLite itself would lock a file there and say so only at the first change.
  if (!isWritable(folder)) return null
  let db: Database.Database | undefined
  try {
    db = new Database(join(folder, 'hold.db'), { timeout: 0 })
    db.pragma('locking_mode = EXCLUSIVE')
    db.exec('BEGIN EXCLUSIVE')
    const held = db
    return { release: () => held.close() }
  } catch (error) {
    db?.close()
    const code = (error as { code?: string }).code ?? ''
    if (code === 'SQLITE_BUSY' || code.startsWith('SQLITE_READONLY')) return null
    throw error
  }
}
