import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { DatasetVersion } from '#contract'
import type { DatasetRoom, Table } from '../dataset/index.ts'
import type { Store } from '../store/index.ts'
import { LEAST_ROWS } from './appended.ts'
import { type CountFile, type KeptCounts, rowsFrom } from './keptCounts.ts'
import type { Counting } from './tfdv/index.ts'

/** Counts of more different values than this share of the cells are as large as the rows, and not kept. */
const MOST_DIFFERENT = 1 / 2

/** How strict counts of rows that came before spare counting them again. */
export interface StrictAppending extends Counting {
  /** Keeps the counts of all rows, for the version that comes next. */
  keep(): void
  /** Drops what was written and is not kept. */
  drop(): void
}

/**
 * The strict counts of the rows of a version that were counted for an earlier one: only rows that were appended are
 * counted, and merged with them; every figure follows from the counts.
 * @returns null where it would be no gain: of few rows, or of a version to look at
 */
export async function strictAppendingOf(
  { store, dataset, counts }: { store: Store; dataset: DatasetRoom; counts: KeptCounts },
  table: Table,
  version: DatasetVersion,
  { slices = [], weight }: { slices?: string[]; weight?: string },
  signal?: AbortSignal,
): Promise<StrictAppending | null> {
  if (table.rows < LEAST_ROWS || store.readOnly) return null
  const parts = await dataset.partsOf(version, signal)
  // Floats of a text have 32 bits, so counts go only to a version of the same kind.
  const how = { tfdv: true, slices, weight: weight ?? null, format: version.source.format }
  const before = counts.find(parts, how)
  const written: CountFile[] = []
  const place = (name: string) =>
    join(store.place('tmp'), `strict-${name}-${process.pid}-${version.id.slice(0, 12)}.parquet`)

  return {
    async counting(session, whole, options) {
      const { countValues, keepCounts, mergeCounts } = await import('./tfdv/index.ts')
      const [file] = before?.counts ?? []
      if (!before || !file) return countValues(session, whole, options)
      const kept = store.blobs.path(file.blob)
      if (before.rows >= whole.rows) return mergeCounts(session, [kept])
      const groups = whole.groups.map(group => ({ ...group, from: rowsFrom(group, before.rows, whole.rows) }))
      const path = place('new')
      try {
        await keepCounts(session, await countValues(session, { ...whole, groups }, options), path)
        return await mergeCounts(session, [kept, path])
      } finally {
        rmSync(path, { force: true })
      }
    },
    async counted(session, counted) {
      const [many] = await session.rows<{ n: number }>('SELECT count(*) AS n FROM counted')
      if (!many || many.n > table.rows * table.columns.length * MOST_DIFFERENT) return
      const { keepCounts } = await import('./tfdv/index.ts')
      const path = place('all')
      await keepCounts(session, counted, path)
      const { hash } = await store.blobs.putFile(path, { move: true, signal })
      written.push({ blob: hash, columns: table.columns.map((_, at) => at) })
    },
    keep: () => {
      if (written.length) counts.keep(version.id, parts, written, before, how)
    },
    drop: () => counts.drop(written, before?.counts ?? []),
  }
}
