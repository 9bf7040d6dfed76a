import type { Cell, Column, DatasetDiff } from '#contract'
import type { Session } from '../duck.ts'
import { cellText } from '../rows/cells.ts'
import { rowsAt } from '../rows/page.ts'
import { pick, type Table, type TableColumn } from '../rows/table.ts'
import { sqlType } from './pieces.ts'
import type { SharedRun } from './sharedRows.ts'

/** Rows of each kind that are shown. */
const EXAMPLES = 10
/** Columns that are compared in one query. */
const AT_ONCE = 128

/** A column that both versions have. */
interface Common {
  from: TableColumn
  to: TableColumn
}

type Side = keyof Common

/** SQL of a cell of either side in a type that both have: 5 and 5.0 are equal, else what differs in type meets as text. */
function comparable({ from, to }: Common, side: Side, c: string): string {
  if (from.type === to.type) return `CAST(${c} AS ${sqlType({ ...from, wide: from.wide || to.wide })})`
  const numbers = [from, to].every(({ type }) => type === 'integer' || type === 'float')
  return numbers && !from.wide && !to.wide
    ? `CAST(${c} AS DOUBLE)`
    : cellText(side === 'from' ? from.type : to.type, c)
}

const groupOf = (table: Table, { physical }: TableColumn) =>
  table.groups.findIndex(({ columns }) => columns.some(column => column.physical === physical))

/** SQL of the condition of rows that are not shared. */
function otherRows(shared: SharedRun[], side: Side, rows: number): string {
  if (!shared.length) return ''
  const ranges: string[] = []
  let at = 0
  for (const run of shared.toSorted((a, b) => a[side] - b[side])) {
    if (run[side] > at) ranges.push(`file_row_number BETWEEN ${at} AND ${run[side] - 1}`)
    at = run[side] + run.rows
  }
  if (at < rows) ranges.push(`file_row_number BETWEEN ${at} AND ${rows - 1}`)
  return `WHERE ${ranges.join(' OR ') || 'false'}`
}

/**
 * Makes a table of each row's number `n`, the hash of its key `k` and of all common cells `r`, both of 64 bits.
 * @param apart a side is so wide that its columns lie in several groups: each cell is hashed by itself then, so that it
 *   counts the same wherever it lies
 */
async function hashRows(
  session: Session,
  name: Side,
  table: Table,
  sides: { key: Common[]; common: Common[]; apart: boolean; shared: SharedRun[] },
): Promise<void> {
  const { key, common, apart, shared } = sides
  const where = otherRows(shared, name, table.rows)
  const cell = (each: Common) => comparable(each, name, each[name].physical)
  const create = `CREATE OR REPLACE TEMP TABLE ${name}_rows AS SELECT CAST(n AS UINTEGER) AS n`
  if (!apart) {
    const k = key.length ? `hash(1, ${key.map(cell).join(', ')})` : '0::UBIGINT'
    const r = `hash(${[2, ...common.map(cell)].join(', ')})`
    await session.run(
      `${create}, k, r FROM (SELECT file_row_number AS n, ${k} AS k, ${r} AS r FROM ${table.groups[0]?.from} ${where})`,
    )
    return
  }
  const places = new Map(common.map((each, at) => [each, at]))
  const parts = table.groups.map(({ from }, nth) => {
    const sum = (columns: Common[]) =>
      columns
        .filter(each => groupOf(table, each[name]) === nth)
        .map(each => `CAST(hash(${places.get(each)}, ${cell(each)}) AS HUGEINT)`)
        .join(' + ') || '0::HUGEINT'
    return `SELECT file_row_number AS n, ${sum(key)} AS k, ${sum(common)} AS r FROM ${from} ${where}`
  })
  await session.run(
    `${create}, hash(sum(k)) AS k, hash(sum(r)) AS r FROM (${parts.join(' UNION ALL ')}) GROUP BY n`,
  )
}

/**
 * Finds which rows differ. Rows are multisets: of those with equal cells as many are the same as both sides have. With a
 * key, what is left of one key is changed, in order, and the rest of it added or removed.
 * Leaves the tables `pairs` (changed rows, `a` of the one and `b` of the other), `gone` and `come` (`n`).
 */
async function matchRows(session: Session, keyed: boolean): Promise<void> {
  await session.run(
    `CREATE OR REPLACE TEMP TABLE odd AS SELECT k, r, CAST(sum(a) AS BIGINT) AS a, CAST(sum(b) AS BIGINT) AS b FROM
       (SELECT k, r, 1 AS a, 0 AS b FROM from_rows UNION ALL SELECT k, r, 0, 1 FROM to_rows) GROUP BY k, r HAVING sum(a) <> sum(b)`,
  )
  // Of equal rows the last ones are left over.
  const left = (side: Side, mine: string, other: string) =>
    `SELECT n, k, row_number() OVER (PARTITION BY k ORDER BY n) AS j FROM
       (SELECT t.n, t.k, o.${other} AS there, row_number() OVER (PARTITION BY t.k, t.r ORDER BY t.n) AS i
        FROM ${side}_rows t JOIN odd o ON t.k = o.k AND t.r = o.r WHERE o.${mine} > o.${other}) WHERE i > there`
  await session.run(`CREATE OR REPLACE TEMP TABLE left_from AS ${left('from', 'a', 'b')}`)
  await session.run(`CREATE OR REPLACE TEMP TABLE left_to AS ${left('to', 'b', 'a')}`)
  await session.run(
    `CREATE OR REPLACE TEMP TABLE pairs AS SELECT f.n AS a, t.n AS b FROM left_from f JOIN left_to t ON f.k = t.k AND f.j = t.j WHERE ${keyed}`,
  )
  await session.run(
    `CREATE OR REPLACE TEMP TABLE gone AS SELECT n FROM left_from WHERE n NOT IN (SELECT a FROM pairs)`,
  )
  await session.run(
    `CREATE OR REPLACE TEMP TABLE come AS SELECT n FROM left_to WHERE n NOT IN (SELECT b FROM pairs)`,
  )
}

/** In how many of the changed rows the cells of each column differ. */
async function countChanged(
  session: Session,
  from: Table,
  to: Table,
  common: Common[],
): Promise<Map<Common, number>> {
  const counts = new Map<Common, number>()
  const together = new Map<string, Common[]>()
  for (const each of common) {
    const place = `${groupOf(from, each.from)} ${groupOf(to, each.to)}`
    together.set(place, [...(together.get(place) ?? []), each])
  }
  for (const [place, columns] of together) {
    const [a = 0, b = 0] = place.split(' ').map(Number)
    for (let at = 0; at < columns.length; at += AT_ONCE) {
      const some = columns.slice(at, at + AT_ONCE)
      const tests = some.map(
        (each, nth) =>
          `count_if(${comparable(each, 'from', `f.${each.from.physical}`)} IS DISTINCT FROM ${comparable(each, 'to', `t.${each.to.physical}`)}) AS n${nth}`,
      )
      const [row = {}] = await session.rows<Record<string, number>>(
        `SELECT ${tests.join(', ')} FROM pairs JOIN ${from.groups[a]?.from} f ON f.file_row_number = pairs.a
         JOIN ${to.groups[b]?.from} t ON t.file_row_number = pairs.b`,
      )
      for (const [nth, each] of some.entries()) counts.set(each, row[`n${nth}`] ?? 0)
    }
  }
  return counts
}

/** The first few rows of each kind. */
async function examplesOf(
  session: Session,
  from: Table,
  to: Table,
  key: Common[],
  common: Common[],
  signal?: AbortSignal,
): Promise<DatasetDiff['examples']> {
  const numbers = async (relation: string, n: string) =>
    (
      await session.rows<Record<string, number>>(
        `SELECT ${n} FROM ${relation} ORDER BY ${n} LIMIT ${EXAMPLES}`,
      )
    ).map(row => row[n] as number)
  const rows = async (table: Table, at: number[], columns?: string[]): Promise<Cell[][]> =>
    at.length ? (await rowsAt(table, at, at.length, { columns, signal })).rows : []
  const pairs = await session.rows<{ a: number; b: number }>(
    `SELECT a, b FROM pairs ORDER BY b LIMIT ${EXAMPLES}`,
  )
  const names = common.map(({ to }) => to.name)
  const before = await rows(
    from,
    pairs.map(({ a }) => a),
    names,
  )
  const after = await rows(
    to,
    pairs.map(({ b }) => b),
    names,
  )
  const same = (a: Cell | undefined, b: Cell | undefined) =>
    a === b || (a != null && b != null && String(a) === String(b))
  return {
    added: await rows(to, await numbers('come', 'n')),
    removed: await rows(from, await numbers('gone', 'n')),
    changed: pairs.map((_, row) => ({
      key: key.map(each => after[row]?.[common.indexOf(each)] ?? null),
      cells: names.flatMap((column, at) => {
        const cells = { column, from: before[row]?.[at] ?? null, to: after[row]?.[at] ?? null }
        return same(cells.from, cells.to) ? [] : [cells]
      }),
    })),
  }
}

/**
 * What differs between two tables. Rows are compared by hashes of 64 bits, so of a hundred million rows one could be
 * mistaken with a chance of about one in two thousand without a key, and of practically none with one.
 * @param shared rows that are known to be the same
 * @param wanted columns of the key; default: that of the newer version, else of the older, where both have it
 * @throws Failure bad-input (unknown column)
 */
export async function diffTables(
  from: Table,
  to: Table,
  wanted: string[] | undefined,
  shared: SharedRun[],
  options: { signal?: AbortSignal; tell(share: number, step: string): void },
): Promise<Omit<DatasetDiff, 'from' | 'to'>> {
  const before = new Map(from.columns.map(column => [column.name, column]))
  const after = new Map(to.columns.map(column => [column.name, column]))
  const common = to.columns.flatMap((column): Common[] => {
    const other = before.get(column.name)
    return other ? [{ from: other, to: column }] : []
  })
  if (wanted) for (const table of [from, to]) pick(table, wanted)
  const names =
    wanted ??
    [to.version?.key ?? [], from.version?.key ?? []].find(
      each => each.length && each.every(name => before.has(name) && after.has(name)),
    ) ??
    []
  const key = names.map(name => common.find(each => each.to.name === name) as Common)
  const plain = ({ name, type }: TableColumn): Column => ({ name, type })
  const session = await to.session(options.signal)
  try {
    const sides = { key, common, shared, apart: from.groups.length > 1 || to.groups.length > 1 }
    options.tell(0, 'reading the older version')
    await hashRows(session, 'from', from, sides)
    options.tell(0.25, 'reading the newer version')
    await hashRows(session, 'to', to, sides)
    options.tell(0.5, 'comparing the rows')
    await matchRows(session, key.length > 0)
    const [counted] = await session.rows<{ changed: number; removed: number; added: number }>(
      'SELECT (SELECT count(*) FROM pairs) AS changed, (SELECT count(*) FROM gone) AS removed, (SELECT count(*) FROM come) AS added',
    )
    const { changed = 0, removed = 0, added = 0 } = counted ?? {}
    options.tell(0.75, 'comparing the cells')
    const counts = changed ? await countChanged(session, from, to, common) : new Map<Common, number>()
    return {
      key: names,
      rows: { same: to.rows - added - changed, added, removed, changed },
      columns: {
        added: to.columns.filter(({ name }) => !before.has(name)).map(plain),
        removed: from.columns.filter(({ name }) => !after.has(name)).map(plain),
        retyped: common
          .filter(each => each.from.type !== each.to.type)
          .map(each => ({ name: each.to.name, from: each.from.type, to: each.to.type })),
        changed: [...counts].filter(([, rows]) => rows).map(([each, rows]) => ({ name: each.to.name, rows })),
      },
      examples: await examplesOf(session, from, to, key, common, options.signal),
    }
  } finally {
    session.close()
  }
}
