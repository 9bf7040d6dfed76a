import { basename, join } from 'node:path'
import { fail } from '../../kit/index.ts'
import type { Store } from '../../store/index.ts'
import { literal, type Session } from '../duck.ts'
import { type Built, GROUP, type KeptColumn } from '../files/build.ts'
import { WORD_OF } from '../rows/values.ts'
import { copySql } from './copy.ts'
import { compact, type Draft, fresh, widthOf } from './layout.ts'
import { relation, sqlType } from './pieces.ts'
import { type KeptVersion, piecesOf } from './versions.ts'

/**
 * The columns of a version behind whose rows others are put: matched by name, new ones behind. Whole numbers become
 * numbers where the new rows need it; a column without values takes any type.
 * @param built the new rows, arranged by the version's columns
 * @throws Failure wrong-type
 */
async function mergeColumns(
  session: Session,
  last: KeptVersion,
  built: Pick<Built, 'files' | 'columns'>,
  file: string,
): Promise<KeptColumn[]> {
  const merged: KeptColumn[] = []
  for (const [at, column] of built.columns.entries()) {
    const old = last.columns[at]
    const wide = column.wide || old?.wide === true
    if (!old || old.type === column.type) merged.push({ ...column, wide })
    else if (await isMissing(session, built, at)) merged.push(old)
    else if (['integer float', 'float integer'].includes(`${old.type} ${column.type}`) && !wide)
      merged.push({ ...column, type: 'float', wide: false })
    else
      throw fail(
        'wrong-type',
        `"${column.name}" holds ${WORD_OF[old.type]} in ${last.version.dataset} v${last.version.number} and ${WORD_OF[column.type]}${wide ? ' too large to be both' : ''} in "${basename(file)}"; nothing was kept.`,
        'Mend the file, or import it as a dataset of its own.',
      )
  }
  return merged
}

async function isMissing(session: Session, built: Pick<Built, 'files'>, at: number): Promise<boolean> {
  const file = built.files[Math.floor(at / GROUP)] as string
  const [counted] = await session.rows<{ n: number }>(
    `SELECT count(c${at}) AS n FROM read_parquet(${literal(file)})`,
  )
  return counted?.n === 0
}

/**
 * Lays out the rows of a version and new ones behind them.
 * @param file the file's name, for people
 * @throws Failure wrong-type
 */
export async function layBehind(
  session: Session,
  store: Store,
  last: KeptVersion,
  built: Built,
  options: { file: string; folder: string },
): Promise<{ drafts: Draft[][]; columns: KeptColumn[] }> {
  const { folder } = options
  const columns = await mergeColumns(session, last, built, options.file)
  const older = piecesOf(last)
  const home = relation(store, older[0] ?? [], last.columns.slice(0, GROUP), 0)
  const rows = last.version.rows
  const drafts: Draft[][] = []
  for (const [nth, behind] of fresh({ ...built, columns }).entries()) {
    const pieces = older[nth]
    if (pieces) {
      drafts.push([...(await compact(session, store, pieces, columns, { nth, folder })), ...behind])
      continue
    }
    // A group of columns that the version did not have: they are missing in all its rows.
    const file = join(folder, `missing-${nth}.parquet`)
    const width = widthOf(nth, columns.length)
    const mine = columns.slice(nth * GROUP, width)
    const cells = mine.map((column, at) => `CAST(NULL AS ${sqlType(column)}) AS c${nth * GROUP + at}`)
    await session.run(copySql(`SELECT ${cells.join(', ')}, s FROM ${home}`, file, mine.length, 'zstd'))
    drafts.push([{ file, from: 0, rows, of: rows, width }, ...behind])
  }
  return { drafts, columns }
}
