import { join } from 'node:path'
import Database from 'better-sqlite3'

/** The right to write into a workspace. It ends with the process that has it, also after `kill -9`. */
export interface Hold {
  release(): void
}

/**
 * Takes the workspace for this process, or returns null when another one has it. The lock is SQLite's exclusive
 * lock on a small database of its own: the operating system drops it when its process ends, so no stale lock
 * file can ever shut a person out, and it works the same on every system.
 */
export function holdWorkspace(folder: string): Hold | null {
  const db = new Database(join(folder, 'hold.db'), { timeout: 0 })
  try {
    db.pragma('locking_mode = EXCLUSIVE')
    db.exec('BEGIN EXCLUSIVE')
    return { release: () => db.close() }
  } catch (error) {
    db.close()
    const code = (error as { code?: string }).code ?? ''
    // A folder that may not be written (a stick with its switch on, a share) can still be looked at.
    if (code === 'SQLITE_BUSY' || code.startsWith('SQLITE_READONLY')) return null
    throw error
  }
}
