import type { Tolerance } from '#contract'
import { type Chart, type Palette, variantScatter } from '../../charts/index.ts'
import { fixed } from '../../ui/format.ts'
import { metricName, metricText, metricWord } from '../evaluation/index.ts'
import type { VariantRow } from './variantRows.ts'
import { formatOf, variantWord } from './variantWords.ts'

/** The 95% interval of a share seen in a sample (Wilson, 1927). */
export function wilson(share: number, rows: number): { low: number; high: number } {
  const z = 1.959964
  const z2 = (z * z) / rows
  const center = (share + z2 / 2) / (1 + z2)
  const half = (z * Math.sqrt((share * (1 - share)) / rows + z2 / (4 * rows))) / (1 + z2)
  return { low: Math.max(0, center - half), high: Math.min(1, center + half) }
}

/** Size against the figure that names the model, with what the tolerance allows; null while nothing was measured. */
export function sizeChart(
  rows: readonly VariantRow[],
  tolerance: Tolerance | null,
  selected: string | null,
  palette: Palette,
): Chart | null {
  const made = rows.filter(row => row.variant && row.bytes !== null && row.lead !== null)
  const key = made[0]?.key
  if (!key) return null
  const big = made.some(row => (row.bytes ?? 0) >= 999_500)
  const scale = big ? 1e6 : 1e3
  const float = rows.find(row => row.id === 'model')?.lead ?? null
  const least = tolerance && key === 'accuracy' && float !== null ? float - tolerance.points / 100 : null
  // A limit that nothing can fail would press all points together at the other end.
  const limit = least !== null && least > 0 ? least : null
  return variantScatter(
    {
      xLabel: 'size',
      xUnit: big ? 'MB' : 'kB',
      yLabel: metricWord(key).title,
      points: made.map(row => ({
        label: row.variant ? `${formatOf(row.variant)} ${variantWord(row.kind).title}` : '',
        mark: variantWord(row.kind).mark,
        x: (row.bytes ?? 0) / scale,
        y: row.lead ?? 0,
        ...(key === 'accuracy' && row.rows ? wilson(row.lead ?? 0, row.rows) : {}),
        selected: row.id === selected,
        failed: row.verdict?.passed === false,
      })),
      ...(limit !== null && {
        limit: {
          value: limit,
          text: `gate: ${metricName(key)} at least ${metricText(key, limit)}`,
          fails: 'below' as const,
        },
      }),
      formatX: n => fixed(n, big ? 1 : 0),
      formatY: n => metricText(key, n),
    },
    palette,
  )
}
