import type { Filter, Split } from '#contract'
import { numberOf } from '../../statistics/index.ts'
import { textOf } from './cells.ts'
import { type Check, type Finding, figure, percent, plural } from './check.ts'

/** The largest class is so many times as large as the smallest. */
const RATIO = 20
/** Of fewer rows nothing is learned. */
const FEWEST = 10
const MOST_CLASSES = 1000
const MOST_CODES = 20

/** A label whose classes are very unequally frequent, or that has one class only. */
export const classImbalance: Check = {
  kind: 'class-imbalance',
  ours: true,
  async run({ table, session, statistics, label }) {
    const figures = statistics.features.find(({ name }) => name === label)
    const group = table.groups.find(({ columns }) => columns.some(({ name }) => name === label))
    const column = group?.columns.find(({ name }) => name === label)
    if (label === null || !figures?.all.count || !group || !column) return []
    const { unique, count } = figures.all
    const isClass =
      column.type === 'text' ||
      column.type === 'boolean' ||
      (column.type === 'integer' && unique <= MOST_CODES)
    if (!isClass || unique > Math.min(MOST_CLASSES, count / 2)) return []
    const has: Split | null = table.splits.train ? 'train' : null
    const rows = await session.rows<{ v: string; n: number; learned: number; x: number | null }>(
      `SELECT ${textOf(column)} AS v, count(*) AS n, ${has ? 'count(*) FILTER (s = 0)' : 'count(*)'} AS learned,
        ${column.type === 'integer' ? `any_value(${numberOf(column)})` : 'NULL'} AS x
       FROM ${group.from} WHERE ${column.physical} IS NOT NULL GROUP BY v ORDER BY learned DESC, v`,
    )
    const [largest, smallest] = [rows[0], rows.at(-1)]
    if (!largest || !smallest) return []
    const where = (one: (typeof rows)[number]): Filter => [
      {
        column: label,
        is: 'equals',
        values: [column.type === 'boolean' ? one.v === 'true' : (one.x ?? one.v)],
      },
    ]
    const base = { feature: label, kind: 'class-imbalance', split: has } as const
    const learned = rows.filter(({ learned }) => learned > 0)
    if (learned.length < 2)
      return [
        {
          ...base,
          severity: 'error',
          title: 'One class only',
          detail: `All ${figure(largest.learned)} rows${has ? ' to train on' : ''} are "${largest.v}", so there is nothing to learn.`,
          rows: largest.learned,
          examples: [largest.v],
        },
      ]
    const total = rows.reduce((sum, one) => sum + one.learned, 0)
    const never = rows.filter(one => one.learned === 0)
    const found: Finding[] = never.length
      ? [
          {
            ...base,
            severity: 'warning',
            title: 'Classes that are never trained on',
            detail: `${plural(never.length, 'class is', 'classes are')} in the other splits and in none of the rows to train on.`,
            rows: never.reduce((sum, { n }) => sum + n, 0),
            examples: never.slice(0, 10).map(({ v }) => v),
            where: never.length === 1 && never[0] ? where(never[0]) : null,
          },
        ]
      : []
    const least = learned.at(-1) ?? smallest
    const ratio = largest.learned / least.learned
    if (ratio >= RATIO || (least.learned < FEWEST && total >= FEWEST * rows.length))
      found.push({
        ...base,
        severity: 'warning',
        title: 'Unequal classes',
        detail: `"${largest.v}" has ${figure(largest.learned)} of ${figure(total)} rows${has ? ' to train on' : ''} (${percent(largest.learned / total)}), "${least.v}" ${figure(least.learned)}: 1 to ${figure(Math.round(ratio))}. A model that always says "${largest.v}" is right in ${percent(largest.learned / total)} of them.`,
        rows: least.learned,
        examples: [least.v],
        where: where(least),
      })
    return found
  },
}
