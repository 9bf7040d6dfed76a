import { join } from 'node:path'
import type { Column, Split } from '#contract'
import { fail } from '../kit/index.ts'
import { literal, type Session } from './duck.ts'
import { inferTypes } from './infer.ts'
import type { Settled, Source } from './sources/index.ts'
import { fingerprint, type Shares, SPLITS, splitOf } from './split.ts'

/** A table is kept in files of so many columns, so that a very wide one needs no more memory than a narrow one. */
export const GROUP = 512
/** Rows are counted by split in blocks of so many, so that a page of one split is found without reading what is before it. */
export const BLOCK = 16_384
/** Cells of one row group of a Parquet file; few enough for pages to come fast and for memory to stay flat. */
const ROW_GROUP_CELLS = 1 << 20
/** DuckDB cuts row groups at multiples of its vectors. */
const VECTOR = 2048
const SAFE = Number.MAX_SAFE_INTEGER

/** A column as it is kept. */
export interface KeptColumn extends Column {
  /** Holds integers that are not exact as a number of JavaScript. */
  wide: boolean
}

/** A table in files: Parquet, the columns `c0`, `c1`, … in groups of 512, and in each file the split `s`. */
export interface Built {
  rows: number
  columns: KeptColumn[]
  /** Columns of the source, of which a head is only the first. */
  width: number
  /** One file a group, in order of the columns. */
  files: string[]
  splits: Record<Split, number>
  /** Rows of train, eval and test in each block. */
  blocks: number[][]
  notes: string[]
}

export interface BuildOptions {
  /** How rows are split; null: they are not. */
  split: { key: string[]; shares: Shares } | null
  folder: string
  /** Only the first rows and columns. */
  head?: { rows: number; columns: number }
  tell?(share: number | null, step: string): void
}

const rowGroup = (columns: number) =>
  Math.min(30, Math.max(1, Math.floor(ROW_GROUP_CELLS / columns / VECTOR))) * VECTOR

/** SQL of a kept cell as text for the fingerprint: 5 and 5.0 are the same text. */
const cellText = (type: Column['type'], sql: string): string => {
  if (type === 'text') return sql
  if (type !== 'float') return `CAST(${sql} AS VARCHAR)`
  return `(CASE WHEN ${sql} = trunc(${sql}) AND abs(${sql}) < 1e15 THEN CAST(CAST(${sql} AS BIGINT) AS VARCHAR) ELSE CAST(${sql} AS VARCHAR) END)`
}

function checkKey(source: Source, key: string[]): void {
  const names = new Set(source.columns.map(({ name }) => name))
  const unknown = key.filter(name => !names.has(name))
  if (unknown.length)
    throw fail(
      'bad-input',
      `The key names ${unknown.map(name => `"${name}"`).join(', ')}, which the file does not have.`,
      `Choose from its columns: ${[...names].slice(0, 20).join(', ')}${names.size > 20 ? ', …' : ''}.`,
    )
}

/**
 * Reads a source into files: types from all values, the split of each row, the source's order kept.
 * @throws Failure bad-input (unknown key), empty-data (no rows), and what reading throws
 */
export async function build(session: Session, source: Source, options: BuildOptions): Promise<Built> {
  const { split, folder, head } = options
  if (split) checkKey(source, split.key)
  const notes = [...source.notes]
  const wanted = head ? source.columns.slice(0, head.columns) : source.columns
  const groups = Array.from({ length: Math.ceil(wanted.length / GROUP) }, (_, group) =>
    wanted.slice(group * GROUP, (group + 1) * GROUP).map((column, at) => ({
      ...column,
      index: group * GROUP + at,
      physical: `c${group * GROUP + at}`,
    })),
  )
  if (!groups.length)
    throw fail('empty-data', 'The file has no columns.', 'Choose a file with named columns and rows.')
  const inferred = source.columns.some(({ settled }) => !settled)
  const from = head ? `(SELECT * FROM ${source.from} LIMIT ${head.rows})` : source.from

  const steps = groups.length * (inferred ? 3 : 1)
  let step = 0
  /** Runs one step and tells how far it is while it runs. */
  async function go<T>(words: string, work: () => Promise<T>): Promise<T> {
    const tell = () => options.tell?.((step + (session.progress() ?? 0)) / steps, words)
    const timer = setInterval(tell, 200)
    try {
      tell()
      return await work()
    } finally {
      clearInterval(timer)
      step++
    }
  }
  const copy = (select: string, file: string, columns: number, compression: string) =>
    session.run(
      `COPY (${select}) TO ${literal(file)} (FORMAT parquet, COMPRESSION ${compression}, ROW_GROUP_SIZE ${rowGroup(columns)})`,
    )

  // 1. Text is read once into a columnar copy; then its types are found from all values.
  const staged: { from: string; cells: string[]; settled: Settled[] }[] = []
  for (const [nth, group] of groups.entries()) {
    if (!inferred) {
      staged.push({
        from,
        cells: group.map(({ settled }) => cellText(settled?.type ?? 'text', settled?.value ?? '')),
        settled: group.map(({ settled }) => settled as Settled),
      })
      continue
    }
    const file = join(folder, `raw-${nth}.parquet`)
    await go('reading the file', () =>
      copy(
        `SELECT ${group.map(({ cell, physical }) => `${cell} AS ${physical}`).join(', ')} FROM ${from}`,
        file,
        group.length,
        'lz4_raw',
      ),
    )
    const raw = `read_parquet(${literal(file)})`
    const cells = group.map(({ physical }) => physical)
    const types = await go('finding the types', () => inferTypes(session, raw, cells, source))
    for (const [at, { ambiguous }] of types.entries())
      if (ambiguous)
        notes.push(
          `"${group[at]?.name}" holds dates that could be day/month or month/day; it is kept as text. Write them as YYYY-MM-DD to have dates.`,
        )
    staged.push({ from: raw, cells, settled: types.map(({ settled }) => settled) })
  }

  // 2. Values that are no numbers become missing, and are counted.
  for (const [nth, { from: relation, settled }] of staged.entries()) {
    const losing = settled.flatMap(({ lost }, at) => (lost ? [{ at, lost }] : []))
    if (!losing.length) continue
    const [counts = {}] = await session.rows<Record<string, number>>(
      `SELECT ${losing.map(({ at, lost }) => `count_if(${lost}) AS n${at}`).join(', ')} FROM ${relation}`,
    )
    for (const { at } of losing)
      if (counts[`n${at}`])
        notes.push(
          `${counts[`n${at}`]} values of "${groups[nth]?.[at]?.name}" are not a number or infinite; they are kept as missing.`,
        )
  }

  // 3. The split of each row: written into the one file where there is one, else into a file of its own first.
  const isKey = (name: string) => !split?.key.length || split.key.includes(name)
  const prints = staged.map(({ cells }, nth) => {
    const mine = cells.filter((_, at) => isKey(groups[nth]?.[at]?.name ?? ''))
    return mine.length && split ? fingerprint(mine) : null
  })
  let apart: string | null = null
  if (split && staged.length > 1) {
    const parts: string[] = []
    for (const [nth, print] of prints.entries()) {
      if (!print) continue
      const file = join(folder, `print-${nth}.parquet`)
      await copy(`SELECT ${print} AS h FROM ${staged[nth]?.from}`, file, 1, 'lz4_raw')
      parts.push(`(SELECT h AS h${nth} FROM read_parquet(${literal(file)}))`)
    }
    const whole =
      parts.length > 1
        ? `md5(concat(${prints.flatMap((print, nth) => (print ? [`h${nth}`] : [])).join(', ')}))`
        : `h${prints.findIndex(print => print)}`
    apart = join(folder, 'split.parquet')
    await copy(
      `SELECT ${splitOf(whole, split.shares)} AS s FROM ${parts.join(' POSITIONAL JOIN ')}`,
      apart,
      1,
      'lz4_raw',
    )
  }

  // 4. The kept files.
  const files: string[] = []
  for (const [nth, group] of groups.entries()) {
    const { from: relation, settled } = staged[nth] as (typeof staged)[number]
    const values = settled.map(({ value }, at) => `${value} AS ${group[at]?.physical}`)
    const own = split && prints[nth] ? splitOf(prints[nth], split.shares) : 'CAST(NULL AS TINYINT)'
    const file = join(folder, `table-${nth}.parquet`)
    await go('writing the table', () =>
      copy(
        apart
          ? `SELECT ${values.join(', ')}, s FROM (SELECT * FROM ${relation}) POSITIONAL JOIN read_parquet(${literal(apart)})`
          : `SELECT ${values.join(', ')}, ${own} AS s FROM ${relation}`,
        file,
        group.length,
        'zstd',
      ),
    )
    files.push(file)
  }

  // 5. What came out.
  const table = (nth: number) => `read_parquet(${literal(files[nth] as string)}, file_row_number = true)`
  const counted = await session.rows<{ block: number; s: number | null; n: number }>(
    `SELECT file_row_number // ${BLOCK} AS block, s, count(*) AS n FROM ${table(0)} GROUP BY ALL ORDER BY ALL`,
  )
  const rows = counted.reduce((sum, { n }) => sum + n, 0)
  if (!rows) throw fail('empty-data', 'The file has a header and no rows.', 'Choose a file that holds rows.')
  const blocks = Array.from({ length: Math.ceil(rows / BLOCK) }, () => SPLITS.map(() => 0))
  const splits: Record<Split, number> = { train: 0, eval: 0, test: 0 }
  for (const { block, s, n } of counted)
    if (s !== null) {
      const counts = blocks[block]
      if (counts) counts[s] = n
      splits[SPLITS[s] as Split] += n
    }
  const columns: KeptColumn[] = []
  for (const [nth, group] of groups.entries()) {
    const { settled } = staged[nth] as (typeof staged)[number]
    const whole = group.filter((_, at) => settled[at]?.type === 'integer')
    const [bounds = {}] = whole.length
      ? await session.rows<Record<string, boolean>>(
          `SELECT ${whole.map(({ physical }) => `(min(${physical}) < ${-SAFE} OR max(${physical}) > ${SAFE}) AS ${physical}`).join(', ')} FROM ${table(nth)}`,
        )
      : []
    for (const [at, { name, physical }] of group.entries())
      columns.push({ name, type: settled[at]?.type ?? 'text', wide: bounds[physical] === true })
  }
  return { rows, columns, width: source.columns.length, files, splits, blocks, notes }
}
