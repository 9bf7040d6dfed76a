import { join } from 'node:path'
import type { ColumnType, SplitBy } from '#contract'
import { fail } from '../../kit/index.ts'
import { literal, type Session } from '../duck.ts'
import { cellText } from '../rows/cells.ts'
import type { Settled } from '../sources/index.ts'
import { quotas } from './quotas.ts'
import { fingerprint, type Shares, SPLIT_NAMES, SPLITS, splitOf } from './split.ts'

/** How rows come to their splits. */
export interface SplitPlan {
  /** The columns whose values are a row's fingerprint; empty: all. */
  key: string[]
  shares: Shares
  /** Another way than by the hash of the key. `bounds`: those of an earlier version, which hold on. */
  by?: { how: Exclude<SplitBy, 'hash'>; column: string; bounds?: string[] }
  /** Stratified, where rows are put behind others: how many rows of each value are in each split already. */
  earlier?: Map<string | null, number[]>
}

/** Columns of one group while a source is read: a relation, the cells as text, and how each is kept. */
export interface StagedGroup {
  from: string
  names: string[]
  cells: string[]
  settled: Settled[]
}

/** Where the splits of all rows are: in a file of its own (one column `s`), or an SQL expression of the only group. */
export interface Assigned {
  file: string | null
  own: string
  /** Of a split by time: where its parts end. */
  bounds?: string[]
  notes: string[]
}

export interface AssignContext {
  session: Session
  staged: StagedGroup[]
  folder: string
  copy(select: string, file: string): Promise<void>
}

/** More values than this are no strata. */
const MOST_STRATA = 10_000

/** SQL of the split that a text names; NULL: none. */
const namedSql = (text: string): string =>
  `(CASE ${SPLITS.map((split, at) => `WHEN lower(trim(${text})) IN (${SPLIT_NAMES[split].map(literal).join(', ')}) THEN ${at}`).join(' ')} END)::TINYINT`

/** A column's value and text in its group; it is known to be there. */
function columnIn(staged: StagedGroup[], name: string) {
  for (const { from, names, settled } of staged) {
    const found = settled[names.indexOf(name)]
    if (found) return { from, type: found.type, value: found.value, text: cellText(found.type, found.value) }
  }
  throw new Error(`no column ${name}`)
}

/**
 * Finds the split of each row.
 *
 * - `hash`: from the fingerprint of the key (see `split.ts`); a row never moves.
 * - `group`: the same of the one column, so that all its rows of one value are together.
 * - `time`: rows before the first bound train, those from the second on test. The bounds are the values at which the
 *   first version has the shares, and hold for later versions. Rows without a time train.
 * - `stratified`: within each value of the column, rows are put in the order of their fingerprints and cut at the exact
 *   shares (largest remainder). Rows that are appended are cut among themselves, making up for what the earlier ones
 *   have too little of; so no row ever moves, and the shares of each value stay within a row of what was asked.
 * - `column`: the column names the split.
 *
 * @throws Failure bad-input, wrong-type
 */
export async function assign(plan: SplitPlan, context: AssignContext): Promise<Assigned> {
  const { by } = plan
  if (!by) return byHash(plan.key, plan.shares, context)
  if (by.how === 'group') {
    columnIn(context.staged, by.column)
    return byHash([by.column], plan.shares, context)
  }
  if (by.how === 'stratified') return stratified(plan, by.column, context)
  return by.how === 'time' ? byTime(plan, by, context) : byColumn(by.column, context)
}

/** A split that one group's columns decide, as an expression where it is the only group. */
async function settle(
  context: AssignContext,
  from: string,
  sql: string,
): Promise<Pick<Assigned, 'file' | 'own'>> {
  if (context.staged.length === 1) return { file: null, own: sql }
  const file = join(context.folder, 'split.parquet')
  await context.copy(`SELECT ${sql} AS s FROM ${from}`, file)
  return { file, own: 's' }
}

/** SQL of every row's fingerprint and of the relation to ask it of; those of several groups are made one. */
async function fingerprints(key: string[], { staged, folder, copy }: AssignContext) {
  const prints = staged.map(({ cells, names }) => {
    const mine = cells.filter((_, at) => !key.length || key.includes(names[at] ?? ''))
    return mine.length ? fingerprint(mine) : null
  })
  if (staged.length === 1) return { from: staged[0]?.from ?? '', print: prints[0] ?? '' }
  const parts: string[] = []
  for (const [nth, print] of prints.entries()) {
    if (!print) continue
    const file = join(folder, `print-${nth}.parquet`)
    await copy(`SELECT ${print} AS h FROM ${staged[nth]?.from}`, file)
    parts.push(`(SELECT h AS h${nth} FROM read_parquet(${literal(file)}))`)
  }
  const named = prints.flatMap((print, nth) => (print ? [`h${nth}`] : []))
  return {
    from: parts.join(' POSITIONAL JOIN '),
    print: named.length > 1 ? `md5(concat(${named.join(', ')}))` : (named[0] ?? ''),
  }
}

async function byHash(key: string[], shares: Shares, context: AssignContext): Promise<Assigned> {
  const { from, print } = await fingerprints(key, context)
  return { ...(await settle(context, from, splitOf(print, shares))), notes: [] }
}

async function byColumn(name: string, context: AssignContext): Promise<Assigned> {
  const { from, text } = columnIn(context.staged, name)
  const strange = await context.session.rows<{ v: string | null; n: number }>(
    `SELECT ${text} AS v, count(*) AS n FROM ${from} WHERE ${namedSql(text)} IS NULL GROUP BY v ORDER BY n DESC, v LIMIT 5`,
  )
  if (strange.length) {
    const [first] = strange
    const what =
      first?.v === null
        ? `is missing in ${first.n} ${first.n === 1 ? 'row' : 'rows'}`
        : `holds ${strange
            .filter(({ v }) => v !== null)
            .map(({ v }) => JSON.stringify(v))
            .join(', ')}`
    throw fail(
      'bad-input',
      `"${name}" is to name the split of each row, and ${what}.`,
      'Its values are train, eval (or validation) and test; mend the file, or split the rows in another way.',
    )
  }
  return { ...(await settle(context, from, namedSql(text))), notes: [] }
}

const TIMES: ColumnType[] = ['date', 'timestamp', 'integer', 'float']

async function byTime(
  plan: SplitPlan,
  by: NonNullable<SplitPlan['by']>,
  context: AssignContext,
): Promise<Assigned> {
  const { from, type, value } = columnIn(context.staged, by.column)
  if (!TIMES.includes(type))
    throw fail(
      'wrong-type',
      `The rows are to be split by the time in "${by.column}", which holds ${type === 'text' ? 'text' : 'true and false'}.`,
      'Choose a column of dates, times or numbers; dates are best written as 2020-01-31.',
    )
  const { train, test } = plan.shares
  const { session } = context
  const cast = { date: 'DATE', timestamp: 'TIMESTAMP', integer: 'HUGEINT', float: 'DOUBLE' }[type as 'date']
  const cell = type === 'integer' ? `CAST(${value} AS HUGEINT)` : value
  const [counted] = await session.rows<{ n: number; missing: number }>(
    `SELECT count(v) AS n, count(*) - count(v) AS missing FROM (SELECT ${cell} AS v FROM ${from})`,
  )
  const rows = counted?.n ?? 0
  /** The value before which about so large a share of the rows lies; '' where all do. */
  async function boundAt(share: number): Promise<string> {
    const wanted = Math.floor(share * rows + 1e-9)
    if (share > 1 - 1e-9 || wanted >= rows) return ''
    const values = `(SELECT ${cell} AS v FROM ${from})`
    const [near] = await session.rows<{ at: string; before: number; upTo: number; next: string | null }>(
      `WITH w AS (SELECT v FROM ${values} WHERE v IS NOT NULL ORDER BY v LIMIT 1 OFFSET ${wanted})
       SELECT CAST((SELECT v FROM w) AS VARCHAR) AS at, count_if(v < (SELECT v FROM w)) AS "before",
         count_if(v <= (SELECT v FROM w)) AS "upTo", CAST(min(v) FILTER (v > (SELECT v FROM w)) AS VARCHAR) AS "next" FROM ${values}`,
    )
    if (!near) return ''
    // Rows of one time stay together, on the side that comes nearer to the share.
    const later = wanted - near.before > near.upTo - wanted || (near.before === 0 && share > 0)
    return later ? (near.next ?? '') : near.at
  }
  const bounds = by.bounds ?? [await boundAt(train), await boundAt(test > 1e-9 ? 1 - test : 1)]
  const before = (bound: string | undefined) =>
    bound ? `${cell} < CAST(${literal(bound)} AS ${cast})` : `${cell} IS NOT NULL`
  const sql = `(CASE WHEN ${cell} IS NULL OR ${before(bounds[0])} THEN 0 WHEN ${before(bounds[1])} THEN 1 ELSE 2 END)::TINYINT`
  const notes = counted?.missing
    ? [
        `"${by.column}" is missing in ${counted.missing} ${counted.missing === 1 ? 'row' : 'rows'}; they are in the training split.`,
      ]
    : []
  return { ...(await settle(context, from, sql)), bounds, notes }
}

async function stratified(plan: SplitPlan, name: string, context: AssignContext): Promise<Assigned> {
  const { session, folder, copy } = context
  const { from: home, text } = columnIn(context.staged, name)
  const strata = await session.rows<{ v: string | null; n: number }>(
    `SELECT ${text} AS v, count(*) AS n FROM ${home} GROUP BY v LIMIT ${MOST_STRATA + 1}`,
  )
  if (strata.length > MOST_STRATA)
    throw fail(
      'bad-input',
      `"${name}" has more than ${MOST_STRATA.toLocaleString('en')} different values, too many to split within each.`,
      'Choose a column of few values, such as the label.',
    )
  const { from, print } = await fingerprints(plan.key, context)
  const number = `CAST('0x' || left(${print}, 15) AS BIGINT) AS h`
  const value = join(folder, 'strata-value.parquet')
  if (context.staged.length > 1) await copy(`SELECT ${text} AS v FROM ${home}`, value)
  const staged = join(folder, 'strata.parquet')
  await copy(
    context.staged.length === 1
      ? `SELECT ${text} AS v, ${number} FROM ${from}`
      : `SELECT v, ${number} FROM ${from} POSITIONAL JOIN read_parquet(${literal(value)})`,
    staged,
  )
  const rows = `read_parquet(${literal(staged)}, file_row_number = true)`
  const cuts = strata.map(({ v, n }) => {
    const [train = 0, evaluation = 0] = quotas(plan.shares, n, plan.earlier?.get(v))
    return `(${v === null ? 'NULL' : literal(v)}, ${train}, ${train + evaluation})`
  })
  const file = join(folder, 'split.parquet')
  // The greatest fingerprint of each part; equal rows fall into one part. A part without rows has none.
  await copy(
    `WITH ordered AS (SELECT v, list_sort(list(h)) AS l FROM ${rows} GROUP BY v),
     cut AS (SELECT o.v, CASE WHEN c.a > 0 THEN l[c.a] ELSE -1 END AS t1, CASE WHEN c.b > 0 THEN l[c.b] ELSE -1 END AS t2
       FROM ordered o JOIN (VALUES ${cuts.join(', ')}) AS c(v, a, b) ON o.v IS NOT DISTINCT FROM c.v)
     SELECT (CASE WHEN h <= t1 THEN 0 WHEN h <= t2 THEN 1 ELSE 2 END)::TINYINT AS s
     FROM ${rows} r JOIN cut ON r.v IS NOT DISTINCT FROM cut.v ORDER BY r.file_row_number`,
    file,
  )
  return { file, own: 's', notes: [] }
}
