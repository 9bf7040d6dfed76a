import type { GateRule } from '#contract'
import { barCompare, type Chart, type Palette, variantScatter } from '../../charts/index.ts'
import { fixed } from '../../ui/format.ts'
import { leadMetric, metricName, metricText, metricWord } from '../evaluation/index.ts'
import type { VariantRow } from './variantRows.ts'
import { variantWord } from './variantWords.ts'

const kB = (bytes: number): number => bytes / 1000

/** Bytes of each form beside those of the model as trained; null while no form was made. */
export function sizeChart(rows: VariantRow[], palette: Palette): Chart | null {
  const trained = rows.find(row => row.kind === 'layers')?.bytes ?? null
  const made = rows.filter(row => row.variant && row.bytes !== null)
  if (!made.length) return null
  return barCompare(
    {
      label: 'Size',
      unit: 'kB',
      names: { before: 'As trained', after: 'This form' },
      items: made.map(row => ({
        label: variantWord(row.kind).title,
        before: trained === null ? null : kB(trained),
        after: kB(row.bytes ?? 0),
      })),
      format: n => fixed(n, Number.isInteger(n) ? 0 : 1),
    },
    palette,
  )
}

/** The 95% interval of a share seen in a sample (Wilson, 1927). */
export function wilson(share: number, rows: number): { low: number; high: number } {
  const z = 1.959964
  const z2 = (z * z) / rows
  const center = (share + z2 / 2) / (1 + z2)
  const half = (z * Math.sqrt((share * (1 - share)) / rows + z2 / (4 * rows))) / (1 + z2)
  return { low: Math.max(0, center - half), high: Math.min(1, center + half) }
}

/** Size against the figure that names the model, with the gate's limit; null while nothing was measured. */
export function tradeChart(
  rows: VariantRow[],
  rules: GateRule[],
  selected: string | null,
  palette: Palette,
): Chart | null {
  const made = rows.filter(row => row.variant && row.bytes !== null && row.lead !== null)
  const key = leadMetric(made[0]?.metrics)
  if (!key) return null
  const word = metricWord(key)
  const rule = rules.find(one => one.metric === key)
  const limit = rule && (word.more ? rule.min : rule.max)
  return variantScatter(
    {
      xLabel: 'size',
      xUnit: 'kB',
      yLabel: word.title,
      points: made.map(row => ({
        label: variantWord(row.kind).title,
        mark: row.kind === 'dynamic-range' ? ('diamond' as const) : ('circle' as const),
        x: kB(row.bytes ?? 0),
        y: row.lead ?? 0,
        ...(key === 'accuracy' && row.rows ? wilson(row.lead ?? 0, row.rows) : {}),
        selected: row.kind === selected,
        failed: row.gate ? !row.gate.passed : false,
      })),
      ...(rule &&
        limit !== undefined && {
          limit: {
            value: limit,
            text: `gate: ${metricName(key)} ${word.more ? 'at least' : 'at most'} ${metricText(key, limit)}`,
            fails: word.more ? ('below' as const) : ('above' as const),
          },
        }),
      formatX: n => fixed(n, 0),
      formatY: n => metricText(key, n),
    },
    palette,
  )
}
