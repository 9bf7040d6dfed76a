import { mkdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fail } from '../../kit/index.ts'
import { literal, type Session } from '../duck.ts'
import {
  type Kind,
  listed,
  type OpenOptions,
  openSource,
  partsLiteral,
  type Source,
  slotOf,
  unite,
} from '../sources/index.ts'
import { mending } from '../versions/mend.ts'
import type { Found } from './look.ts'
import { readingsWithDecimalComma } from './types.ts'

/** A column of the whole, and what is known of it. */
interface United {
  name: string
  kinds: Set<Kind>
  /** Files that have it. */
  files: number
}

/**
 * Reads several files as one table, file by file in their order: each is copied into a columnar part, and a column is
 * what has one name in all of them. Where a file lacks a column, its cells are missing.
 * @throws Failure bad-input (a file that has no column in common with the first), and what reading one throws
 */
export async function openMany(
  files: Found[],
  session: Session,
  { folder, head, signal, tell }: OpenOptions,
): Promise<Source> {
  const united: United[] = []
  const byName = new Map<string, number>()
  const parts: string[] = []
  const notes: string[] = []
  let rows = 0
  let read = 0
  let last: Source | null = null
  for (const [nth, file] of files.entries()) {
    if (head !== undefined && rows >= head) break
    tell?.(nth / files.length, `reading ${basename(file.path)}`)
    const scratch = join(folder, `file-${nth}`)
    mkdirSync(scratch, { recursive: true })
    const part = join(folder, `file-${nth}.parquet`)
    const { result, notes: mended } = await mending(file, { folder: scratch, signal }, async reading => {
      const source = await openSource(reading, session, { folder: scratch, head, signal })
      const places = source.columns.map(({ name }) => byName.get(name))
      if (nth && places.every(place => place === undefined))
        throw fail(
          'bad-input',
          `"${basename(file.path)}" has no column of "${basename(files[0]?.path ?? '')}"; nothing was kept.`,
          'Choose files of one table, or mend its header.',
        )
      let fresh = united.length
      const at = places.map(place => place ?? fresh++)
      const slots = source.columns.map(({ cell, settled }, column) => {
        const kind = settled?.kind ?? 'text'
        const made =
          kind === 'decimal' ? `CAST(${settled?.plain} AS DECIMAL(38,0))` : (settled?.plain ?? cell)
        return `${kind === 'integer' ? `CAST(${made} AS BIGINT)` : made} AS ${slotOf(at[column] as number, kind)}`
      })
      const from = head === undefined ? source.from : `(SELECT * FROM ${source.from} LIMIT ${head})`
      await session.run(
        `COPY (SELECT true AS r, ${slots.join(', ')} FROM ${from}) TO ${literal(part)} (FORMAT parquet, COMPRESSION lz4_raw)`,
      )
      return { source, at }
    })
    const { source, at } = result
    for (const [column, { name, settled }] of source.columns.entries()) {
      const place = at[column] as number
      const known = united[place] ?? { name, kinds: new Set(), files: 0 }
      united[place] = known
      byName.set(name, place)
      known.files++
      known.kinds.add(settled?.kind ?? 'text')
    }
    const [counted] = await session.rows<{ n: number }>(
      `SELECT count(*) AS n FROM read_parquet(${literal(part)})`,
    )
    rows += counted?.n ?? 0
    read++
    parts.push(part)
    rmSync(scratch, { recursive: true, force: true })
    const said = [...mended, ...source.notes].map(note => `${basename(file.path)}: ${note}`)
    for (const note of said) if (notes.length < 5) notes.push(note)
    if (!last || source.readings === readingsWithDecimalComma) last = source
  }
  const partly = united.filter(({ files }) => files < read)
  if (partly.length)
    notes.push(
      `${partly.length} ${partly.length === 1 ? 'column is' : 'columns are'} not in every file (${listed(partly.map(({ name }) => name))}); where it is not there, it is missing.`,
    )
  const { cells, readings } = last as Source
  const isSettled = (last as Source).columns.every(({ settled }) => settled)
  return {
    from: partsLiteral(parts),
    columns: united.map(({ name, kinds }, at) => {
      const settled = unite(kinds, kind => slotOf(at, kind))
      return { name, cell: settled.plain, settled: isSettled ? settled : null }
    }),
    cells,
    readings,
    notes,
  }
}
