import type { Feature, FeatureStatistics, Split, Statistics } from '#contract'
import { SPLITS, type Table, type TableColumn } from '../dataset/index.ts'
import { type Figures, figuresOf } from './figures.ts'
import { type Kind, kindOf } from './kinds.ts'

/** Cells that are counted in one query; few columns of a long table, many of a short one. */
const CELLS = 8_000_000
const MOST_COLUMNS = 256

/** Columns that one query counts: they lie in one relation and are counted the same way. */
function batches(table: Table): { from: string; columns: TableColumn[] }[] {
  const most = Math.max(1, Math.min(MOST_COLUMNS, Math.floor(CELLS / table.rows)))
  return table.groups.flatMap(({ from, columns }) => {
    const alike = new Map<Kind, TableColumn[]>()
    for (const column of columns) alike.set(kindOf(column), [...(alike.get(kindOf(column)) ?? []), column])
    return [...alike.values()].flatMap(same =>
      Array.from({ length: Math.ceil(same.length / most) }, (_, nth) => ({
        from,
        columns: same.slice(nth * most, (nth + 1) * most),
      })),
    )
  })
}

/**
 * Figures of all columns of a table, of all rows and of each split.
 */
export async function compute(
  table: Table,
  options: { signal?: AbortSignal; tell?(share: number, step: string): void },
): Promise<Pick<Statistics, 'rows' | 'splits' | 'features'>> {
  const rows = [table.rows, ...SPLITS.map(split => table.splits[split] ?? 0)]
  const found = new Map<string, Figures>()
  const session = await table.session(options.signal)
  try {
    for (const { from, columns } of batches(table)) {
      options.tell?.(found.size / table.columns.length, `${found.size} of ${table.columns.length} columns`)
      const figures = await figuresOf(session, from, columns, rows)
      for (const [at, { physical }] of columns.entries()) found.set(physical, figures[at] as Figures)
    }
    await session.run('DROP TABLE IF EXISTS g')
  } finally {
    session.close()
  }
  const features = table.columns.map(({ name, type, physical }): Feature => {
    const [all, ...parts] = found.get(physical) as [FeatureStatistics, ...FeatureStatistics[]]
    const splits: Partial<Record<Split, FeatureStatistics>> = {}
    for (const [at, split] of SPLITS.entries())
      if (table.splits[split] !== undefined) splits[split] = parts[at]
    return { name, type, all, splits }
  })
  return { rows: table.rows, splits: table.splits, features }
}
