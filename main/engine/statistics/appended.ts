import { join } from 'node:path'
import type { DatasetVersion } from '#contract'
import { type DatasetRoom, literal, type Table, type TableColumn } from '../dataset/index.ts'
import type { Store } from '../store/index.ts'
import type { ComputeOptions } from './compute.ts'
import { cellsSql } from './compute.ts'
import { countingSql, countValues, eachPart } from './counts.ts'
import { type CountFile, type KeptCounts, rowsFrom } from './keptCounts.ts'

/** Of fewer rows all are counted in less time than it takes to look for what is kept. */
export const LEAST_ROWS = 200_000
/** Columns with more different values than this share of the rows are counted anew: keeping would be copying them. */
const MOST_DIFFERENT = 1 / 8

/** How the counts of rows that came before spare counting them again. */
export interface Appending extends Required<Pick<ComputeOptions, 'counting' | 'counted'>> {
  /** Rows whose counts were kept. */
  before: number
  /** Keeps the counts of all rows, for the version that comes next. */
  keep(): void
  /** Drops what was written and is not kept. */
  drop(): void
}

/**
 * The counts of the rows of a version that were counted for another one: rows that are appended are counted alone and
 * added, which gives the same figures, since all of them follow from the counts.
 * @returns null where it would be no gain: of a version that nothing was appended to, of few rows, or of one to look at
 */
export async function appendingOf(
  { store, dataset, counts }: { store: Store; dataset: DatasetRoom; counts: KeptCounts },
  table: Table,
  version: DatasetVersion,
  signal?: AbortSignal,
): Promise<Appending | null> {
  if (!version.parent || table.rows < LEAST_ROWS || store.readOnly) return null
  const parts = await dataset.partsOf(version, signal)
  const kept = counts.find(parts)
  const before = kept?.rows ?? 0
  const placeOf = new Map(table.columns.map(({ physical }, at) => [physical, at]))
  const placesOf = (columns: TableColumn[]) => columns.map(({ physical }) => placeOf.get(physical) as number)
  const written: CountFile[] = []
  const folder = store.place('tmp')

  return {
    before,
    async counting(session, group, columns, cells) {
      const places = placesOf(columns)
      const files = (kept?.counts ?? []).filter(file => file.columns.some(at => places.includes(at)))
      const known = new Set(files.flatMap(file => file.columns))
      if (!places.every(at => known.has(at))) return countValues(session, cells)
      await session.run(
        `CREATE OR REPLACE TEMP TABLE g AS
         SELECT f, v, ${eachPart(cells.parts, n => `CAST(sum(${n}) AS UINTEGER) AS ${n}`)} FROM (
           ${files
             .map(
               ({ blob }) =>
                 `SELECT t.f, v, ${cells.parts.join(', ')} FROM read_parquet(${literal(store.blobs.path(blob))}) JOIN (VALUES ${places.map((at, f) => `(${f}, ${at})`).join(', ')}) AS t(f, c) USING (c)`,
             )
             .join(' UNION ALL ')}
           ${before < table.rows ? `UNION ALL ${countingSql({ ...cells, sql: cellsSql(rowsFrom(group, before, table.rows), columns) })}` : ''}
         ) GROUP BY f, v`,
      )
    },
    async counted(session, columns, unique) {
      const places = placesOf(columns)
      const small = places.flatMap((at, f) =>
        (unique[f] as number) <= table.rows * MOST_DIFFERENT ? [{ f, at }] : [],
      )
      if (!small.length) return
      const path = join(folder, `counts-${process.pid}-${version.id.slice(0, 12)}-${written.length}.parquet`)
      await session.run(
        `COPY (SELECT t.c, v, n, n0, n1, n2 FROM g JOIN (VALUES ${small.map(({ f, at }) => `(${f}, ${at})`).join(', ')}) AS t(f, c) USING (f)) TO ${literal(path)} (FORMAT parquet)`,
      )
      const { hash } = await store.blobs.putFile(path, { move: true, signal })
      written.push({ blob: hash, columns: small.map(({ at }) => at) })
    },
    keep: () => counts.keep(version.id, parts, written, kept),
    drop: () => counts.drop(written, kept?.counts ?? []),
  }
}
