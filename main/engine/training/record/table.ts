import type { Run, RunRow, RunValue } from '#contract'
import type { Doors } from '../../jobs/index.ts'
import type { Store } from '../../store/index.ts'

type Asked = Parameters<Doors['training']['page']>[0]
type Document = Omit<Run, 'epochs'>

/** Columns of a run's own, as SQL over `runs r`. */
const OWN: Record<string, string> = {
  id: 'CAST(substr(r.id, 5) AS INTEGER)',
  model: 'r.subject',
  state: 'r.state',
  origin: 'r.origin',
  at: 'r.at',
  endedAt: "json_extract(r.body, '$.endedAt')",
  seconds:
    "(julianday(coalesce(json_extract(r.body, '$.endedAt'), 'now')) - julianday(json_extract(r.body, '$.at')))",
  epochs: '(SELECT count(*) FROM run_epochs WHERE run = r.id)',
  dataset: "json_extract(r.body, '$.plan.dataset')",
  trainer: "json_extract(r.body, '$.plan.trainer')",
  target: "json_extract(r.body, '$.plan.target')",
  rows: "json_extract(r.body, '$.rows.train')",
  parameters: "json_extract(r.body, '$.parameters')",
  bytes: "json_extract(r.body, '$.bytes')",
}

const FIGURES = new Set(['last', 'least', 'most'])

/** `last:train/loss` as its kind and its name; a column of a run's own has no kind. */
function columnOf(column: string): { kind: string | null; name: string } {
  const at = column.indexOf(':')
  return at < 0 ? { kind: null, name: column } : { kind: column.slice(0, at), name: column.slice(at + 1) }
}

/** What rows are sorted by, as SQL; names come as the parameter `@by`, never as text of the query. */
function orderOf(column: string): string {
  const { kind, name } = columnOf(column)
  if (kind === null) return OWN[name] as string
  if (FIGURES.has(kind)) return `(SELECT ${kind} FROM run_metrics WHERE run = r.id AND key = @by)`
  return `coalesce(
    (SELECT value FROM json_each(r.body, '$.plan.hparams') WHERE key = @by),
    (SELECT value FROM json_each(r.body, '$.plan') WHERE key = @by))`
}

const list = (values: readonly string[]) => JSON.stringify(values)
const among = (name: string) => `IN (SELECT value FROM json_each(@${name}))`

/** Pages of runs, filtered and sorted by the database: of thousands only those that are shown are read. */
export function openTable({ db }: Store, versionsOf: (dataset: string) => string[]) {
  const figures = db.prepare('SELECT last, least, most FROM run_metrics WHERE run = ? AND key = ?')
  const epochs = db.prepare('SELECT count(*) AS count FROM run_epochs WHERE run = ?')
  const shelves = db.prepare('SELECT shelf, count(*) AS count FROM runs GROUP BY shelf')
  const known = db.prepare(
    `WITH RECURSIVE each(key) AS (
       SELECT min(key) FROM run_metrics
       UNION ALL SELECT (SELECT min(key) FROM run_metrics WHERE key > each.key) FROM each WHERE key IS NOT NULL
     ) SELECT key FROM each WHERE key IS NOT NULL AND key LIKE @like ESCAPE '\\' LIMIT @limit`,
  )
  const settings = db.prepare(
    `SELECT DISTINCT key FROM runs, json_each(body, '$.plan.hparams')
     WHERE key LIKE @like ESCAPE '\\' ORDER BY key LIMIT @limit`,
  )
  const tags = db.prepare(
    `SELECT DISTINCT value FROM runs, json_each(body, '$.tags') WHERE value LIKE @like ESCAPE '\\'
     ORDER BY value LIMIT @limit`,
  )

  function page(asked: Asked) {
    const given: Record<string, string | number> = { shelf: asked.shelf }
    const where = ['r.shelf = @shelf']
    const narrow = (name: string, value: string | undefined, condition: string) => {
      if (value === undefined) return
      given[name] = value
      where.push(condition)
    }
    narrow('model', asked.model, 'r.subject = @model')
    narrow('state', asked.state && list(asked.state), `r.state ${among('state')}`)
    narrow('origin', asked.origin && list(asked.origin), `r.origin ${among('origin')}`)
    if (asked.pinned !== undefined) where.push(`r.pinned = ${asked.pinned ? 1 : 0}`)
    narrow('search', asked.search, "json_extract(r.body, '$.search') = @search")
    narrow('versions', asked.dataset && list(versionsOf(asked.dataset)), `r.version ${among('versions')}`)
    narrow(
      'tags',
      asked.tags?.length ? list(asked.tags) : undefined,
      `NOT EXISTS (SELECT 1 FROM json_each(@tags) t WHERE t.value NOT IN (SELECT value FROM json_each(r.body, '$.tags')))`,
    )
    narrow(
      'text',
      asked.text ? likeOf(asked.text) : undefined,
      `(${[
        'r.id',
        'r.subject',
        ...['notes', 'tags', 'plan.dataset', 'plan.trainer', 'plan.target'].map(
          path => `json_extract(r.body, '$.${path}')`,
        ),
      ]
        .map(each => `${each} LIKE @text ESCAPE '\\'`)
        .join(' OR ')})`,
    )
    const from = `FROM runs r WHERE ${where.join(' AND ')}`
    const { total } = db.prepare(`SELECT count(*) AS total ${from}`).get(given) as { total: number }
    const { kind, name } = columnOf(asked.sort)
    const by = orderOf(asked.sort)
    const way = asked.descending ? 'DESC' : 'ASC'
    const order = [
      ...(asked.pinnedFirst ? ['r.pinned DESC'] : []),
      ...(kind === null && name !== 'endedAt' ? [] : [`${by} IS NULL`]),
      `${by} ${way}`,
      ...(name === 'at' && kind === null ? [] : ['r.at DESC']),
      `r.rowid ${way}`,
    ]
    const bodies = db
      .prepare(`SELECT r.body ${from} ORDER BY ${order.join(', ')} LIMIT @limit OFFSET @offset`)
      .all({
        ...given,
        ...(kind !== null && { by: name }),
        limit: asked.limit,
        offset: asked.offset,
      }) as { body: string }[]
    const counts = Object.fromEntries(
      (shelves.all() as { shelf: string; count: number }[]).map(({ shelf, count }) => [shelf, count]),
    )
    return {
      runs: bodies.map(({ body }) => rowOf(JSON.parse(body) as Document, asked.columns)),
      total,
      offset: asked.offset,
      shelves: { open: counts.open ?? 0, archive: counts.archive ?? 0, bin: counts.bin ?? 0 },
    }
  }

  function rowOf(run: Document, columns: readonly string[]): RunRow {
    const {
      id,
      model,
      origin,
      state,
      tags,
      notes,
      pinned,
      search,
      repeats,
      artifact,
      best,
      at,
      endedAt,
      job,
    } = run
    const done = (epochs.get(id) as { count: number }).count
    return {
      ...{ id, model, origin, state, tags, notes, pinned, search, repeats, artifact, best, at, endedAt, job },
      dataset: run.plan.dataset,
      trainer: run.plan.trainer,
      target: run.plan.target,
      epochs: done,
      values: columns.map(column => cellOf(run, done, columnOf(column))),
    }
  }

  function cellOf(run: Document, done: number, { kind, name }: ReturnType<typeof columnOf>): RunValue {
    if (kind === 'param')
      return asValue(run.plan.hparams[name] ?? (run.plan as Record<string, unknown>)[name])
    if (kind !== null) {
      const found = figures.get(run.id, name) as Record<string, number | null> | undefined
      return found?.[kind] ?? null
    }
    if (name === 'epochs') return done
    if (name === 'rows') return run.rows.train
    if (name === 'seconds')
      return ((run.endedAt ? Date.parse(run.endedAt) : Date.now()) - Date.parse(run.at)) / 1000
    return asValue((run as Record<string, unknown>)[name] ?? (run.plan as Record<string, unknown>)[name])
  }

  return {
    page,
    columns({ text, limit }: { text?: string | undefined; limit: number }) {
      const given = { like: likeOf(text ?? ''), limit }
      const all = <T>(rows: unknown[], name: string) => rows.map(row => (row as Record<string, T>)[name] as T)
      return {
        metrics: all<string>(known.all(given), 'key'),
        params: all<string>(settings.all(given), 'key'),
        tags: all<string>(tags.all(given), 'value'),
      }
    },
  }
}

/** A pattern for LIKE of everything that holds a text. */
export const likeOf = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`

/** A setting as a cell: what is no plain value is written as JSON. */
export function asValue(value: unknown): RunValue {
  if (value === undefined || value === null) return null
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  return JSON.stringify(value)
}
