import { placedColumns } from './cells.ts'
import { type Check, figure, percent } from './check.ts'

const FEWEST = 50
const NEARLY_ALL = 0.95

/** A text that is another one in nearly every row: as a feature a model can only learn it by heart. */
export const nearUnique: Check = {
  kind: 'near-unique',
  ours: true,
  async run(subject) {
    const { statistics, table, label } = subject
    // Without a label nothing is a feature, and a column that names the rows is as it should be.
    if (label === null || table.version?.images) return []
    const looked = new Set(placedColumns(subject).map(({ column }) => column.name))
    return statistics.features
      .filter(
        ({ name, type, all }) =>
          type === 'text' &&
          name !== label &&
          looked.has(name) &&
          all.count >= FEWEST &&
          all.unique >= NEARLY_ALL * all.count,
      )
      .map(({ name, all }) => ({
        feature: name,
        kind: 'near-unique',
        severity: 'warning',
        split: null,
        title: 'Another value in nearly every row',
        detail: `${figure(all.unique)} of ${figure(all.count)} values (${percent(all.unique / all.count)}) are different; as a feature, a model could only learn it by heart.`,
        rows: all.count,
        examples: all.top.slice(0, 3).map(({ value }) => value),
      }))
  },
}
