import { SPLITS } from '../../dataset/index.ts'
import { MOST_ROWS } from './cells.ts'
import { type Check, type Finding, figure, percent } from './check.ts'
import { type Fingerprint, fingerprints, HARMLESS, isMore } from './fingerprints.ts'

/** Rows of train again among those that are to measure with: as a whole, or with another label. */
export const splitOverlap: Check = {
  kind: 'split-overlap',
  ours: true,
  async run(subject) {
    const { table, session, label } = subject
    const train = table.splits.train ?? 0
    const measured = (['eval', 'test'] as const).filter(split => table.splits[split])
    if (!train || !measured.length) return []
    const made = await fingerprints(subject)
    if (!made) return []
    const { content, features } = made
    const isKnown = ({ as }: Fingerprint) => `${as} IN (SELECT ${as} FROM ${made.table} WHERE s = 0)`
    const kinds = [
      {
        sql: isKnown(content),
        chance: content.chance,
        title: 'Rows of train again',
        words: 'are in train, too',
      },
      ...(features
        ? [
            {
              sql: `${isKnown(features)} AND NOT ${isKnown(content)}`,
              chance: features.chance,
              title: 'Rows of train with another label',
              words: `are in train, too, with another "${label}"`,
            },
          ]
        : []),
    ]
    const found: Finding[] = []
    for (const split of measured)
      for (const { sql, chance, title, words } of kinds) {
        const from = `FROM ${made.table} WHERE s = ${SPLITS.indexOf(split)} AND ${sql}`
        const of = table.splits[split] ?? 0
        const [counted] = await session.rows<{ n: number }>(`SELECT count(*) AS n ${from}`)
        const expected = of * Math.min(1, train * chance)
        if (!counted || counted.n < HARMLESS * of || !isMore(counted.n, expected)) continue
        const only = await session.rows<{ row: number }>(
          `SELECT "row" ${from} ORDER BY "row" LIMIT ${MOST_ROWS}`,
        )
        found.push({
          feature: '',
          kind: 'split-overlap',
          severity: 'warning',
          split,
          title,
          detail: `${figure(counted.n)} of ${figure(of)} rows of ${split} (${percent(counted.n / of)}) ${words}; with these columns, chance would bring about ${figure(Math.round(expected))}.`,
          rows: counted.n,
          examples: [],
          only: only.map(({ row }) => row),
        })
      }
    return found
  },
}
