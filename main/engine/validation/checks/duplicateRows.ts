import { MOST_ROWS } from './cells.ts'
import { type Check, figure, percent, plural } from './check.ts'
import { fingerprints, HARMLESS, isMore } from './fingerprints.ts'

const EXAMPLES = 5

/** Rows that are there more than once: so many that it matters, and more than few different values bring by themselves. */
export const duplicateRows: Check = {
  kind: 'duplicate-rows',
  ours: true,
  async run(subject) {
    const { table, session } = subject
    const made = await fingerprints(subject)
    if (!made) return []
    const [counted] = await session.rows<{ copies: number; pairs: number; groups: number }>(
      `SELECT COALESCE(sum(n - 1), 0)::DOUBLE AS copies, COALESCE(sum(n::DOUBLE * (n - 1) / 2), 0) AS pairs, count(*) AS groups
       FROM (SELECT count(*) AS n FROM ${made.table} GROUP BY h HAVING count(*) > 1)`,
    )
    if (!counted) return []
    const expected = (table.rows * (table.rows - 1) * made.whole.chance) / 2
    if (counted.copies < HARMLESS * table.rows || !isMore(counted.pairs, expected)) return []
    const only = await session.rows<{ row: number }>(
      `SELECT "row" FROM ${made.table} QUALIFY row_number() OVER (PARTITION BY h ORDER BY "row") > 1 ORDER BY "row" LIMIT ${MOST_ROWS}`,
    )
    const examples = await session.rows<{ rows: number[] }>(
      `SELECT list_sort(min("row", 5)) AS rows FROM ${made.table} GROUP BY h HAVING count(*) > 1 ORDER BY count(*) DESC, min("row") LIMIT ${EXAMPLES}`,
    )
    return [
      {
        feature: '',
        kind: 'duplicate-rows',
        severity: 'warning',
        split: null,
        title: 'Duplicated rows',
        detail: `${figure(counted.copies)} of ${figure(table.rows)} rows (${percent(counted.copies / table.rows)}) are copies of ${plural(counted.groups, 'another row', 'other rows')}; with these columns, chance would bring about ${figure(Math.round(expected))} such pairs.`,
        rows: counted.copies,
        examples: examples.map(({ rows }) => `rows ${rows.map(row => figure(row + 1)).join(', ')}`),
        only: only.map(({ row }) => row),
      },
    ]
  },
}
