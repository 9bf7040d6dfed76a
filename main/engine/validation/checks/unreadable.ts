import { type Check, figure, percent } from './check.ts'

/** Pictures that could not be read; the column `problem` says why. */
export const unreadable: Check = {
  kind: 'unreadable',
  ours: true,
  async run({ table, session }) {
    const group = table.groups.find(({ columns }) => columns.some(({ name }) => name === 'problem'))
    const column = group?.columns.find(({ name }) => name === 'problem')
    if (!table.version?.images || !group || !column || column.type !== 'text') return []
    const why = await session.rows<{ v: string; n: number }>(
      `SELECT ${column.physical} AS v, count(*) AS n FROM ${group.from} WHERE ${column.physical} IS NOT NULL GROUP BY v ORDER BY n DESC, v`,
    )
    const rows = why.reduce((sum, { n }) => sum + n, 0)
    if (!rows) return []
    return [
      {
        feature: 'problem',
        kind: 'unreadable',
        severity: 'warning',
        split: null,
        title: 'Pictures that cannot be read',
        detail: `${figure(rows)} of ${figure(table.rows)} pictures (${percent(rows / table.rows)}) cannot be read; nothing is learned from them.`,
        rows,
        examples: why.slice(0, 10).map(({ v, n }) => (n > 1 ? `${v} (${figure(n)})` : v)),
        where: [{ column: 'problem', is: 'present', values: [] }],
      },
    ]
  },
}
