import type Database from 'better-sqlite3'

/**
 * Documents of one kind in one table with the columns `id`, `subject`, `at`, `body` (JSON). The subject is what a
 * document is about: the dataset of a schema, the run of an evaluation.
 */
export interface Collection<T> {
  /** Writes a document, or writes it anew. */
  put(document: T, subject: string): void
  get(id: string): T | null
  /** Newest first; of one subject, or all. */
  list(subject?: string): T[]
  newest(subject: string): T | null
  remove(id: string): void
}

/** @param table a table made by a migration; never a user's text */
export function collection<T extends { id: string; at: string }>(
  db: Database.Database,
  table: string,
): Collection<T> {
  const read = (row: unknown): T | null => (row ? (JSON.parse((row as { body: string }).body) as T) : null)
  const all = db.prepare(`SELECT body FROM ${table} ORDER BY at DESC, rowid DESC`)
  const some = db.prepare(`SELECT body FROM ${table} WHERE subject = ? ORDER BY at DESC, rowid DESC`)
  const one = db.prepare(`SELECT body FROM ${table} WHERE id = ?`)
  const last = db.prepare(`SELECT body FROM ${table} WHERE subject = ? ORDER BY at DESC, rowid DESC LIMIT 1`)
  // The column `at` is an order, not a time: a clock that was set back must not make what is new look old.
  const next = `max(@at, coalesce((SELECT strftime('%Y-%m-%dT%H:%M:%fZ', max(at), '+0.001 seconds') FROM ${table}), ''))`
  const write = db.prepare(
    `INSERT INTO ${table} (id, subject, at, body) VALUES (@id, @subject, ${next}, @body)
     ON CONFLICT (id) DO UPDATE SET subject = @subject, body = @body,
       at = CASE WHEN json_extract(body, '$.at') = @at THEN at ELSE excluded.at END`,
  )
  const drop = db.prepare(`DELETE FROM ${table} WHERE id = ?`)
  return {
    put: (document, subject) => {
      write.run({ id: document.id, subject, at: document.at, body: JSON.stringify(document) })
    },
    get: id => read(one.get(id)),
    list: subject => (subject === undefined ? all.all() : some.all(subject)).map(row => read(row) as T),
    newest: subject => read(last.get(subject)),
    remove: id => {
      drop.run(id)
    },
  }
}
