import type { SplitBy } from '#contract'
import { fail } from '../../kit/index.ts'
import { cellText } from '../rows/cells.ts'
import { pick, type Table, type TableColumn } from '../rows/table.ts'
import type { SplitPlan } from './assign.ts'
import { type Shares, SPLITS } from './split.ts'
import type { KeptVersion } from './versions.ts'

export interface SplitWish {
  key: string[]
  splitBy?: SplitBy
  splitColumn?: string
}

/**
 * How the rows of an import are split. A time's bounds are those of the newest version that was split the same way, so
 * that a row stays where it is when the file has grown.
 * @throws Failure bad-input
 */
export function splitPlan(wish: SplitWish, shares: Shares, newest: KeptVersion | null): SplitPlan {
  const { key, splitBy: how = 'hash', splitColumn: column } = wish
  if (how === 'hash') return { key, shares }
  if (!column)
    throw fail(
      'bad-input',
      `To split rows ${how === 'stratified' ? 'within the values of' : 'by'} a column, that column must be named.`,
      'Say which, for example: --split-column date',
    )
  const before = newest?.version.splitBy
  const isSame =
    before?.how === how &&
    before.column === column &&
    SPLITS.every(split => newest?.shares?.[split] === shares[split])
  const bounds = isSame ? before.bounds : undefined
  return { key, shares, by: { how, column, bounds } }
}

/**
 * How rows are split that are put behind those of a version: as those were.
 * @throws Failure bad-input where something else was asked for
 */
export async function splitPlanBehind(
  wish: SplitWish,
  shares: Shares,
  last: KeptVersion,
  table: Table,
  signal: AbortSignal,
): Promise<SplitPlan> {
  const { key, splitBy } = last.version
  const { splitBy: how = 'hash', splitColumn } = wish
  const isOther =
    (wish.key.length && wish.key.join('\0') !== key.join('\0')) ||
    (how !== 'hash' &&
      (how !== splitBy?.how || (splitColumn !== undefined && splitColumn !== splitBy.column)))
  if (isOther)
    throw fail(
      'bad-input',
      `Rows that are put behind those of ${table.title} are split as those are${splitBy ? `, by ${splitBy.how} of "${splitBy.column}"` : key.length ? `, by ${key.map(name => `"${name}"`).join(', ')}` : ''}.`,
      'Leave the key and the way to split out, or import the file as a dataset of its own.',
    )
  const plan: SplitPlan = { key, shares: last.shares ?? shares }
  if (!splitBy || splitBy.how === 'hash') return plan
  const by = { how: splitBy.how, column: splitBy.column, bounds: splitBy.bounds }
  if (by.how !== 'stratified') return { ...plan, by }
  const [column] = pick(table, [by.column]) as [TableColumn]
  const from = table.groups.find(({ columns }) => columns.includes(column))?.from
  const session = await table.session(signal)
  try {
    const counted = await session.rows<{ v: string | null; s: number; n: number }>(
      `SELECT ${cellText(column.type, column.physical)} AS v, s, count(*) AS n FROM ${from} GROUP BY ALL`,
    )
    const earlier = new Map<string | null, number[]>()
    for (const { v, s, n } of counted) {
      const counts = earlier.get(v) ?? [0, 0, 0]
      counts[s] = n
      earlier.set(v, counts)
    }
    return { ...plan, by, earlier }
  } finally {
    session.close()
  }
}
