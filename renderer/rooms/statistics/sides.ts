import type { ColumnType, Feature, FeatureStatistics, Filter, Split } from '#contract'
import type { SideRole } from '../../charts/index.ts'
import { whereOfSlice } from './rows.ts'

/** A feature as the page gets it. */
export interface ListedFeature extends Feature {
  nonUniformity: number | null
  drift: number | null
  with: FeatureStatistics | null
}

/** One set of rows that stands beside others: a split, a slice, all rows, or the other version. */
export interface Side {
  /** Names it in the address: `train`, `whole`, `other`, `slice:sex_Male`. */
  key: string
  label: string
  role: SideRole
  rows: number | null
  statisticsOf: (feature: ListedFeature) => FeatureStatistics | null
  /** What its rows are found by; null: it cannot be said. */
  rowsAt: { name: string; where: Filter; split?: Split } | null
}

const SPLITS = [
  ['train', 'Train'],
  ['eval', 'Eval'],
  ['test', 'Test'],
] as const

/** More than this many slices over each other are not told apart; the largest are drawn, the detail lists all. */
export const MOST_SLICES = 5

/** What decides which sets of rows there are. */
export interface SidesOf {
  statistics: {
    rows: number
    splits: Partial<Record<Split, number>>
    slices?: Record<string, number> | undefined
  }
  data: string
  /** The columns whose values are the slices. */
  sliceBy: readonly { name: string; type: ColumnType }[]
  /** What is laid beside: its reference and its name in words. */
  other: { ref: string; label: string } | null
}

/** The sets of rows, in the order in which they are drawn. With slices they stand for themselves, beside all rows. */
export function sidesOf({ statistics, data, sliceBy, other }: SidesOf): Side[] {
  const whole: Side = {
    key: 'whole',
    label: 'All rows',
    role: sliceBy.length ? 'whole' : 'train',
    rows: statistics.rows,
    statisticsOf: feature => feature.all,
    rowsAt: { name: data, where: [] },
  }
  const splits = SPLITS.filter(([split]) => (statistics.splits[split] ?? 0) > 0).map(
    ([split, label]): Side => ({
      key: split,
      label,
      role: split,
      rows: statistics.splits[split] ?? null,
      statisticsOf: feature => feature.splits[split] ?? null,
      rowsAt: { name: data, where: [], split },
    }),
  )
  const slices = Object.entries(statistics.slices ?? {})
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    .map(([name, rows], at): Side => {
      const where = whereOfSlice(name, sliceBy)
      return {
        key: `slice:${name}`,
        label: sliceBy.length === 1 ? name.slice((sliceBy[0]?.name.length ?? -1) + 1) || name : name,
        role: `slice-${Math.min(at, MOST_SLICES - 1) + 1}` as SideRole,
        rows,
        statisticsOf: feature => feature.slices?.[name] ?? null,
        rowsAt: where && { name: data, where },
      }
    })
  const own = slices.length ? [whole, ...slices] : splits.length ? splits : [whole]
  if (!other) return own
  return [
    ...own,
    {
      key: 'other',
      label: other.label,
      role: 'other',
      rows: null,
      statisticsOf: feature => feature.with,
      rowsAt: { name: other.ref, where: [] },
    },
  ]
}

/** The sides that fit into a row: without those that were put out, and of slices only the largest. */
export function drawnSides(sides: readonly Side[], hidden: readonly string[]): Side[] {
  const most = new Set(
    sides
      .filter(side => side.key.startsWith('slice:'))
      .slice(0, MOST_SLICES)
      .map(side => side.key),
  )
  const drawn = sides.filter(
    side => !hidden.includes(side.key) && (!side.key.startsWith('slice:') || most.has(side.key)),
  )
  // nothing at all would be no table: the first always stays
  return drawn.length ? drawn : sides.slice(0, 1)
}
