import type Database from 'better-sqlite3'

/** Names that point at a version of a model and can be moved. */
export interface Aliases {
  set(model: string, alias: string, version: number): void
  drop(model: string, alias: string): void
  version(model: string, alias: string): number | null
  of(model: string, version: number): string[]
  all(model: string): Record<string, number>
}

export function openAliases(db: Database.Database): Aliases {
  const set = db.prepare(
    'INSERT INTO aliases (model, alias, version) VALUES (?, ?, ?) ON CONFLICT (model, alias) DO UPDATE SET version = excluded.version',
  )
  const drop = db.prepare('DELETE FROM aliases WHERE model = ? AND alias = ?')
  const rows = db.prepare('SELECT alias, version FROM aliases WHERE model = ? ORDER BY alias')
  const read = (model: string) => rows.all(model) as { alias: string; version: number }[]
  return {
    set: (model, alias, version) => void set.run(model, alias, version),
    drop: (model, alias) => void drop.run(model, alias),
    version: (model, alias) => read(model).find(row => row.alias === alias)?.version ?? null,
    of: (model, version) =>
      read(model)
        .filter(row => row.version === version)
        .map(row => row.alias),
    all: model => Object.fromEntries(read(model).map(row => [row.alias, row.version])),
  }
}
