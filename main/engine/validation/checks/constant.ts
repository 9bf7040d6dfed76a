import { placedColumns } from './cells.ts'
import { type Check, figure } from './check.ts'

const FEWEST = 10

/** A column with one value in all rows. */
export const constant: Check = {
  kind: 'constant',
  ours: true,
  async run(subject) {
    const { statistics, table, label } = subject
    if (table.version?.images || table.rows < FEWEST) return []
    const looked = new Set(placedColumns(subject).map(({ column }) => column.name))
    return statistics.features
      .filter(({ name, all }) => name !== label && looked.has(name) && all.unique === 1 && all.missing === 0)
      .map(({ name, all }) => ({
        feature: name,
        kind: 'constant',
        severity: 'warning',
        split: null,
        title: 'One value only',
        detail: `All ${figure(all.count)} rows have the same value, so the column says nothing.`,
        rows: all.count,
        examples: all.top.slice(0, 1).map(({ value }) => value),
      }))
  },
}
