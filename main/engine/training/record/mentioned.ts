import type { Hash } from '#contract'
import type { Store } from '../../store/index.ts'

/** What tells of the past, not of what is there: that a log or the lineage names a file does not keep it. */
const PAST = new Set([
  'jobs',
  'job_lines',
  'artifacts',
  'lineage',
  'run_lines',
  'run_points',
  'run_metrics',
  'run_epochs',
  'run_usage',
])

const HASH = /\b[0-9a-f]{64}\b/g

/** The files that a model consists of; none where it cannot be read. */
export function partsOfModel({ blobs }: Store, artifact: Hash): Hash[] {
  if (!blobs.has(artifact)) return []
  const manifest = blobs.read(artifact)
  return manifest.length > 100_000 ? [] : ((manifest.toString().match(HASH) ?? []) as Hash[])
}

/**
 * Every file that anything in the workspace names now, whatever kind it is of, with the parts of the models of all runs.
 * So what later parts of the product keep is safe without being known here.
 */
export function mentioned(store: Store): Set<string> {
  const { db } = store
  const found = new Set<string>()
  const tables = db
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .all() as { name: string }[]
  for (const { name } of tables) {
    if (PAST.has(name)) continue
    const columns = (db.pragma(`table_info("${name}")`) as { name: string; type: string }[]).filter(
      ({ type }) => type === 'TEXT',
    )
    if (columns.length === 0) continue
    const rows = db.prepare(`SELECT ${columns.map(column => `"${column.name}"`).join(', ')} FROM "${name}"`)
    for (const row of rows.raw().iterate() as Iterable<(string | null)[]>)
      for (const text of row)
        if (text !== null && text.length >= 64) for (const hash of text.match(HASH) ?? []) found.add(hash)
  }
  const models = db
    .prepare("SELECT DISTINCT json_extract(body, '$.artifact') AS artifact FROM runs")
    .all() as {
    artifact: Hash | null
  }[]
  for (const { artifact } of models)
    if (artifact) for (const part of partsOfModel(store, artifact)) found.add(part)
  return found
}
