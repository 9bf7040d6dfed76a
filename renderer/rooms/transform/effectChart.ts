import type { Spread } from '#contract'
import { type Chart, histogram, type Palette, topValuesBars } from '../../charts/index.ts'
import { dataDate } from '../../ui/index.ts'

/** Values that are drawn of a category, and categories of a one-hot feature. */
export const DRAWN = 20

/** How a column lies before or after; null where it has no value. */
export function spreadChart(
  spread: Spread,
  { isMoment = false, log = false }: { isMoment?: boolean; log?: boolean } = {},
): ((palette: Palette) => Chart) | null {
  const { histogram: bins } = spread
  if (!bins && spread.top.length === 0) return null
  if (!bins)
    return palette =>
      topValuesBars(
        {
          label: spread.name,
          values: spread.top.slice(0, DRAWN).map(({ value, count }) => ({ label: value, train: count })),
          as: 'count',
          names: { train: 'Rows' },
        },
        palette,
      )
  return palette =>
    histogram(
      {
        label: spread.name,
        bins: bins.counts.map((train, i) => ({
          from: bins.edges[i] ?? 0,
          to: bins.edges[i + 1] ?? 0,
          train,
        })),
        names: { train: 'Rows' },
        log,
        ...(isMoment ? { format: dataDate } : {}),
      },
      palette,
    )
}

/** Columns that are 0 or 1 and no more are places of one feature: they are drawn together, a bar a place. */
export const isPlace = (spread: Spread): boolean =>
  spread.missing === 0 && (spread.min === 0 || spread.min === 1) && (spread.max === 0 || spread.max === 1)

/** The places of a feature by how many rows are in each; of very many the fullest. */
export function placesChart(places: readonly Spread[], label: string): (palette: Palette) => Chart {
  const rows = ({ histogram: bins }: Spread) => bins?.counts.reduce((sum, n) => sum + n, 0) ?? 0
  const all = places.map(each => ({
    label: each.name,
    train: Math.round((each.mean ?? 0) * rows(each)),
  }))
  const values = all.length > DRAWN ? all.sort((a, b) => b.train - a.train).slice(0, DRAWN) : all
  return palette => topValuesBars({ label, values, as: 'count', names: { train: 'Rows' } }, palette)
}
