import { join } from 'node:path'
import type { Cell, DatasetVersion, Filter, Hash } from '#contract'
import type { JobContext } from '../../jobs/index.ts'
import { canonicalJson, fail, hashOf, now } from '../../kit/index.ts'
import type { Store } from '../../store/index.ts'
import type { Duck, Session } from '../duck.ts'
import type { KeptColumn } from '../files/build.ts'
import { hasContents } from '../images/contents.ts'
import { listContents } from '../images/kept.ts'
import { wantSql } from '../rows/filter.ts'
import { pick, type Table, type TableColumn, tableOf } from '../rows/table.ts'
import { pointOf, pointSql } from '../rows/values.ts'
import { countBlocks } from './blocks.ts'
import { copySql } from './copy.ts'
import { type Draft, keep, widthOf } from './layout.ts'
import { assertThere, joined, MOST_PIECES, type Piece, partRows, slice } from './pieces.ts'
import { splitNamed } from './split.ts'
import { type KeptVersion, piecesOf, type Versions } from './versions.ts'

export interface FixPlan {
  name: string
  where: Filter
  only?: number[]
  action: 'remove' | 'set' | 'clear'
  column?: string
  value?: Cell
}

/** What is done to the rows that fit. */
interface Mend {
  /** The column that is written; null: rows are removed. */
  column: TableColumn | null
  /** SQL of what is written into it. */
  value: string
  /** SQL that is true where it is not there yet. */
  differs: string
  /** The column as it is kept afterwards. */
  kept: KeptColumn | null
  /** The split that the rows go to, where the column names it. */
  split: number | null
  words: (rows: number) => string
}

const SAFE = BigInt(Number.MAX_SAFE_INTEGER)
const count = (rows: number) => `${rows.toLocaleString('en')} ${rows === 1 ? 'row' : 'rows'}`

/** @throws Failure bad-input, wrong-type */
function mendOf(plan: FixPlan, table: Table): Mend {
  if (!plan.where.length && !plan.only?.length)
    throw fail('bad-input', 'No row was chosen.', 'Choose rows, or give a filter that says which ones.')
  if (plan.action === 'remove') {
    const words = (rows: number) => `${count(rows)} removed`
    return { column: null, value: '', differs: 'true', kept: null, split: null, words }
  }
  if (plan.column === undefined)
    throw fail('bad-input', 'No column was chosen to be written.', 'Say which, for example: --column age')
  const [column] = pick(table, [plan.column]) as [TableColumn]
  const { physical: c, type, name } = column
  const kept: KeptColumn = { name, type, wide: column.wide }
  const names = table.version?.splitBy?.how === 'column' && table.version.splitBy.column === name
  if (plan.action === 'clear') {
    if (names)
      throw fail(
        'bad-input',
        `"${name}" names the split of each row and cannot be missing.`,
        'Set it to another split.',
      )
    const words = (rows: number) => `"${name}" cleared in ${count(rows)}`
    return { column, value: 'NULL', differs: `${c} IS NOT NULL`, kept, split: null, words }
  }
  if (plan.value === undefined || plan.value === null)
    throw fail(
      'bad-input',
      'No value was given to be written.',
      'Give one, or clear the cells to make them missing.',
    )
  const point = pointOf(column, plan.value)
  const sql = pointSql(type, point)
  if (sql === null || (type === 'integer' && (point as bigint) ** 2n >= 10n ** 76n))
    throw fail('wrong-type', `"${name}" cannot hold ${plan.value}.`, 'Give a value like those that it holds.')
  const split = names ? splitNamed(String(plan.value)) : null
  if (names && split === null)
    throw fail(
      'bad-input',
      `"${name}" names the split of each row, and ${plan.value} is none.`,
      'Give train, eval or test.',
    )
  if (type === 'integer' && ((point as bigint) > SAFE || (point as bigint) < -SAFE)) kept.wide = true
  const words = (rows: number) => `"${name}" set to ${JSON.stringify(plan.value)} in ${count(rows)}`
  return { column, value: sql, differs: `${c} IS DISTINCT FROM ${sql}`, kept, split, words }
}

interface Run {
  first: number
  end: number
  /** Written anew; else kept as it is. */
  anew: boolean
}

/** Where so many parts change, all of them are written anew, so that the version reads as fast as a first one. */
const MOST_TOUCHED = 0.75

/** Runs of rows, in order: those that are kept as they are, and those that are written anew. */
function runsOf(touched: number[], part: number, rows: number): Run[] {
  const parts = Math.ceil(rows / part)
  if (touched.length > parts * MOST_TOUCHED) return [{ first: 0, end: rows, anew: true }]
  const isTouched = new Set(touched)
  const runs: Run[] = []
  const add = (run: Run) => {
    const last = runs.at(-1)
    if (last?.anew === run.anew) last.end = run.end
    else runs.push({ ...run })
  }
  for (let at = 0; at < parts; at++)
    add({ first: at * part, end: Math.min(rows, (at + 1) * part), anew: isTouched.has(at) })
  // Too many runs would make reading slow: the shortest between two that change are written with them.
  const sizes = runs.filter(({ anew }) => !anew).map(({ first, end }) => end - first)
  const spare = Math.ceil((runs.length - MOST_PIECES) / 2)
  if (spare <= 0) return runs
  const least = sizes.sort((a, b) => a - b)[spare - 1] ?? 0
  return runs.splice(0).reduce((_, run) => {
    add({ ...run, anew: run.anew || run.end - run.first <= least })
    return runs
  }, runs)
}

/** Lays out the rows of a version with some of them mended; `hit` is the relation of their numbers. */
async function layMended(
  session: Session,
  table: Table,
  pieces: Piece[][],
  mend: Mend,
  folder: string,
): Promise<Draft[][]> {
  const part = partRows(table.rows)
  const touched = await session.rows<{ part: number; n: number }>(
    `SELECT n // ${part} AS part, count(*) AS n FROM hit GROUP BY part ORDER BY part`,
  )
  const hits = new Map(touched.map(each => [each.part, each.n]))
  const runs = runsOf([...hits.keys()], part, table.rows)
  const hitsIn = (first: number, end: number) => {
    let sum = 0
    for (const [at, n] of hits) if (at * part >= first && at * part < end) sum += n
    return sum
  }
  const drafts: Draft[][] = []
  for (const [nth, old] of pieces.entries()) {
    const group = table.groups[nth] as Table['groups'][number]
    const mine = mend.column && group.columns.includes(mend.column)
    if (mend.column && !mine && mend.split === null) {
      drafts.push(old)
      continue
    }
    const isHit = 'file_row_number IN (SELECT n FROM hit)'
    const cells = group.columns.map(({ physical }) =>
      physical === mend.column?.physical
        ? `CASE WHEN ${isHit} THEN ${mend.value} ELSE ${physical} END AS ${physical}`
        : physical,
    )
    const s = mend.split === null ? 's' : `(CASE WHEN ${isHit} THEN ${mend.split} ELSE s END)::TINYINT AS s`
    const file = join(folder, `mended-${nth}.parquet`)
    const anew = runs.filter(run => run.anew)
    const which = anew.map(({ first, end }) => `file_row_number BETWEEN ${first} AND ${end - 1}`).join(' OR ')
    await session.run(
      copySql(
        // A join may give rows in another order, so they are put in theirs.
        `SELECT ${[...cells, s].join(', ')} FROM ${group.from} WHERE (${which})${mend.column ? '' : ` AND NOT (${isHit})`} ORDER BY file_row_number`,
        file,
        cells.length,
        'zstd',
      ),
    )
    const left = ({ first, end }: { first: number; end: number }) =>
      end - first - (mend.column ? 0 : hitsIn(first, end))
    const of = anew.reduce((sum, run) => sum + left(run), 0)
    let from = 0
    drafts.push(
      runs.flatMap((run): Draft[] => {
        if (!run.anew) return slice(old, run.first, run.end)
        const rows = left(run)
        const draft = { file, from, rows, of, width: widthOf(nth, table.columns.length) }
        from += rows
        return rows ? [draft] : []
      }),
    )
  }
  return drafts
}

/**
 * Removes rows that fit, or writes one of their cells, as the next version of the dataset; the parts that they do not
 * lie in are shared. Rows stay in their splits.
 * @throws Failure bad-input, wrong-type, not-found, empty-data (nothing would be left)
 */
export async function fixRows(
  plan: FixPlan,
  job: JobContext,
  { store, duck, versions }: { store: Store; duck: Duck; versions: Versions },
): Promise<DatasetVersion> {
  const parent = versions.resolve(plan.name)
  const table = tableOf(parent, store, duck)
  job.uses(parent.id)
  const mend = mendOf(plan, table)
  const { where, only, action, column, value } = plan
  const id = hashOf(canonicalJson({ fix: parent.id, where, only, action, column, value }))
  const there = versions.get(id)
  const title = (version: DatasetVersion) => `${version.dataset} v${version.number}`
  if (there?.blobs.every(store.blobs.has) && hasContents(store, there.pictures)) {
    job.log(`This was done before, as ${title(there.version)}.`)
    job.makes({ id, kind: 'dataset-version', title: title(there.version) })
    return there.version
  }
  const { folder, drop } = duck.scratch()
  const session = await duck.session(job.signal)
  const made: Hash[] = []
  try {
    job.progress(0, 'finding the rows')
    const home = mend.column
      ? table.groups.findIndex(({ columns }) => columns.includes(mend.column as TableColumn))
      : 0
    const { sql } = wantSql(table, { where, only }, home)
    await session.run(
      `CREATE OR REPLACE TEMP TABLE hit AS SELECT file_row_number AS n, ${mend.differs} AS d FROM ${table.groups[home]?.from} WHERE ${sql}`,
    )
    const [found] = await session.rows<{ n: number; d: number }>(
      'SELECT count(*) AS n, count_if(d) AS d FROM hit',
    )
    const rows = found?.d ?? 0
    if (!found?.n)
      throw fail(
        'bad-input',
        `No row of ${table.title} fits; nothing was changed.`,
        'Loosen the filter, or choose other rows.',
      )
    if (!rows)
      throw fail(
        'bad-input',
        `All ${count(found.n)} that fit hold that already; nothing was changed.`,
        'Choose another value or other rows.',
      )
    if (!mend.column && rows === table.rows)
      throw fail(
        'empty-data',
        `All rows of ${table.title} fit, and nothing would be left; nothing was changed.`,
        'Narrow the filter, or remove the dataset.',
      )
    await session.run('DELETE FROM hit WHERE NOT d')
    job.progress(0.2, 'writing the rows')
    const drafts = await layMended(session, table, piecesOf(parent), mend, folder)
    job.progress(0.8, 'keeping the table')
    const columns = parent.columns.map(each => (each.name === mend.kept?.name ? mend.kept : each))
    const kept = await keep(
      store,
      drafts.map(group => joinedDrafts(group)),
      made,
      job.signal,
    )
    const change = mend.words(rows)
    const version: DatasetVersion = {
      ...parent.version,
      id,
      number: there?.version.number ?? parent.version.number,
      parent: { id: parent.id, change },
      bytes: kept.bytes,
      shared: kept.shared,
      notes: [],
      at: now(),
      madeBy: job.id,
    }
    const next: KeptVersion = {
      ...parent,
      id,
      at: version.at,
      version,
      columns,
      blobs: kept.blobs,
      groups: kept.groups,
    }
    const counted = await countBlocks(session, tableOf(next, store, duck).groups[0]?.from ?? '')
    Object.assign(version, { rows: counted.rows, splits: counted.splits })
    next.blocks = counted.blocks
    if (parent.pictures) {
      // Cells that were written by hand say nothing of other pictures.
      next.pictures = await listContents(store, tableOf(next, store, duck), session, 0)
      made.push(next.pictures.list)
    }
    job.signal.throwIfAborted()
    assertThere(store, next.blobs, table.title)
    const done = there ? versions.mend(next) : versions.keep(next)
    job.log(change)
    job.makes({ id, kind: 'dataset-version', title: title(done.version) })
    return done.version
  } catch (error) {
    versions.dropUnused(made)
    throw error
  } finally {
    session.close()
    drop()
  }
}

/** Runs of one kept file that follow each other become one; those of new files stay. */
function joinedDrafts(group: Draft[]): Draft[] {
  const found: Draft[] = []
  let run: Piece[] = []
  const flush = () => {
    found.push(...joined(run))
    run = []
  }
  for (const draft of group) {
    if ('blob' in draft) run.push(draft)
    else {
      flush()
      found.push(draft)
    }
  }
  flush()
  return found
}
