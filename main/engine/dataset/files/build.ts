import { join } from 'node:path'
import type { Column, Split } from '#contract'
import { fail } from '../../kit/index.ts'
import { literal, type Session } from '../duck.ts'
import { cellText } from '../rows/cells.ts'
import { type Settled, type Source, settle } from '../sources/index.ts'
import { type Assigned, assign, type SplitPlan } from '../versions/assign.ts'
import { countBlocks } from '../versions/blocks.ts'
import { type Compression, copySql } from '../versions/copy.ts'
import { asText, inferTypes } from './infer.ts'

/** A table is kept in files of so many columns, so that a very wide one needs no more memory than a narrow one. */
export const GROUP = 512
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
  /** Of a split by time: where its parts end. */
  bounds?: string[]
  notes: string[]
}

export interface BuildOptions {
  /** How rows are split; null: they are not. */
  split: SplitPlan | null
  /**
   * Columns that the rows are to have first, in this order; one that the file lacks is missing in all rows, and one that
   * is text stays text whatever its values look like.
   */
  columns?: Column[]
  folder: string
  /** Only the first rows and columns. */
  head?: { rows: number; columns: number }
  tell?(share: number | null, step: string): void
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

function checkSplitColumn(source: Source, name: string): void {
  if (source.columns.some(column => column.name === name)) return
  throw fail(
    'bad-input',
    `The rows are to be split by "${name}", which the file does not have.`,
    `Choose from its columns: ${source.columns
      .slice(0, 20)
      .map(column => column.name)
      .join(', ')}${source.columns.length > 20 ? ', …' : ''}.`,
  )
}

/** The source with these columns first, in this order; those that it lacks are missing in all its rows. */
function arranged(source: Source, columns: Column[]): Source {
  const left = new Map(source.columns.map(column => [column.name, column]))
  const none = 'CAST(NULL AS VARCHAR)'
  const unsettled = source.columns.some(({ settled }) => !settled)
  const first = columns.map(({ name }) => {
    const found = left.get(name)
    left.delete(name)
    return found ?? { name, cell: none, settled: unsettled ? null : settle('text', none) }
  })
  return { ...source, columns: [...first, ...left.values()] }
}

/**
 * Reads a source into files: types from all values, the split of each row, the source's order kept.
 * @throws Failure bad-input (unknown key), empty-data (no rows), and what reading throws
 */
export async function build(session: Session, given: Source, options: BuildOptions): Promise<Built> {
  const { split, folder, head } = options
  if (split) checkKey(given, split.key)
  if (split?.by) checkSplitColumn(given, split.by.column)
  const source = options.columns ? arranged(given, options.columns) : given
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
  const copy = (select: string, file: string, columns: number, compression: Compression) =>
    session.run(copySql(select, file, columns, compression))

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
    for (const [at, { name }] of group.entries())
      if (options.columns?.find(known => known.name === name)?.type === 'text')
        types[at] = { settled: settle('text', asText(cells[at] as string, source.cells)), ambiguous: false }
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
  const assigned: Assigned = split
    ? await assign(split, {
        session,
        staged: staged.map((each, nth) => ({ ...each, names: groups[nth]?.map(({ name }) => name) ?? [] })),
        folder,
        copy: (select, file) => copy(select, file, 1, 'lz4_raw'),
      })
    : { file: null, own: 'CAST(NULL AS TINYINT)', notes: [] }
  notes.push(...assigned.notes)

  // 4. The kept files.
  const files: string[] = []
  for (const [nth, group] of groups.entries()) {
    const { from: relation, settled } = staged[nth] as (typeof staged)[number]
    const values = settled.map(({ value }, at) => `${value} AS ${group[at]?.physical}`)
    const file = join(folder, `table-${nth}.parquet`)
    await go('writing the table', () =>
      copy(
        assigned.file
          ? `SELECT ${values.join(', ')}, s FROM (SELECT * FROM ${relation}) POSITIONAL JOIN read_parquet(${literal(assigned.file)})`
          : `SELECT ${values.join(', ')}, ${assigned.own} AS s FROM ${relation}`,
        file,
        group.length,
        'zstd',
      ),
    )
    files.push(file)
  }

  // 5. What came out.
  const table = (nth: number) => `read_parquet(${literal(files[nth] as string)}, file_row_number = true)`
  const { rows, splits, blocks } = await countBlocks(session, table(0))
  if (!rows) throw fail('empty-data', 'The file has a header and no rows.', 'Choose a file that holds rows.')
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
  return {
    rows,
    columns,
    width: source.columns.length,
    files,
    splits,
    blocks,
    bounds: assigned.bounds,
    notes,
  }
}
