import { count, percent } from '../ui/index.ts'
import { type Chart, frame, gridOf, nameAxis, tipOf } from './chart.ts'
import { contrast, mix } from './color.ts'
import type { Palette } from './palette.ts'

export interface ConfusionData {
  labels: string[]
  /** Rows are what it was, columns what was answered. */
  counts: number[][]
}

/* Text keeps this contrast on every shade (LOOK: at least 4.6:1). */
const TEXT_CONTRAST = 4.6

/** What was answered for what it was: counts and the share of each row; right answers in accent, wrong ones in red. */
export function confusionMatrix(data: ConfusionData, palette: Palette): Chart {
  const size = data.labels.length
  const sums = data.counts.map(row => row.reduce((sum, n) => sum + n, 0))
  const cells: { actual: number; predicted: number; n: number; share: number }[] = []
  for (let actual = 0; actual < size; actual++)
    for (let predicted = 0; predicted < size; predicted++) {
      const n = data.counts[actual]?.[predicted] ?? 0
      cells.push({ actual, predicted, n, share: sums[actual] ? n / (sums[actual] ?? 1) : 0 })
    }
  const words = (n: number, share: number) =>
    size <= 6 ? `${count(n)}\n${percent(share)}` : size <= 14 ? count(n) : ''
  return {
    option: {
      ...frame(palette),
      grid: gridOf({ top: 4, right: 8 }),
      xAxis: {
        ...nameAxis(palette, data.labels),
        position: 'top',
        name: 'Answered',
        nameLocation: 'middle',
        nameGap: 24,
        nameTextStyle: { color: palette.axis, fontSize: 11 },
        axisLine: { show: false },
        axisLabel: {
          color: palette.ink2,
          fontSize: 11,
          width: 72,
          overflow: 'truncate',
          interval: size > 24 ? 'auto' : 0,
        },
      },
      yAxis: {
        ...nameAxis(palette, data.labels),
        inverse: true,
        name: 'Was',
        nameLocation: 'middle',
        nameGap: 8,
        nameTextStyle: { color: palette.axis, fontSize: 11 },
        axisLine: { show: false },
        axisLabel: {
          color: palette.ink2,
          fontSize: 11,
          width: 96,
          overflow: 'truncate',
          interval: size > 24 ? 'auto' : 0,
        },
      },
      tooltip: {
        ...frame(palette).tooltip,
        trigger: 'item',
        formatter: (params: unknown) => {
          const cell = cells[(params as { dataIndex: number }).dataIndex]
          return cell
            ? tipOf(`${data.labels[cell.actual]} answered as ${data.labels[cell.predicted]}`, [
                ['Rows', count(cell.n)],
                [`Share of ${data.labels[cell.actual]}`, percent(cell.share)],
              ])
            : ''
        },
      },
      series: [
        {
          type: 'heatmap',
          emphasis: { itemStyle: { borderColor: palette.ink, borderWidth: 2 } },
          data: cells.map(cell => {
            const right = cell.actual === cell.predicted
            // a wrong share of a fifth is already full red: mistakes are rarer than right answers
            const depth = cell.n === 0 ? 0 : 0.08 + 0.92 * Math.min(1, right ? cell.share : cell.share * 5)
            const ground = mix(
              palette.surface,
              right ? palette.accent : palette.bad,
              cell.n === 0 ? 0 : depth,
            )
            return {
              value: [cell.predicted, cell.actual, cell.n],
              itemStyle: { color: readable(ground, palette), borderColor: palette.line, borderWidth: 1 },
              label: {
                show: size <= 14,
                formatter: words(cell.n, cell.share),
                color: cell.n === 0 ? palette.muted : inkOn(readable(ground, palette), palette),
                fontSize: 11,
                lineHeight: 14,
              },
            }
          }),
        },
      ],
    },
    legend: [
      { label: 'Right', color: palette.accent, shape: 'fill' },
      { label: 'Wrong', color: palette.bad, shape: 'fill' },
    ],
    table: {
      columns: [
        { label: 'Was' },
        ...data.labels.map(label => ({ label: `Answered ${label}`, format: count })),
      ],
      rows: data.labels.map((label, index) => [
        label,
        ...data.labels.map((_, at) => data.counts[index]?.[at] ?? 0),
      ]),
    },
    ruler: cells.map((_, index) => ({ series: 0, index })),
    text: `Confusion matrix of ${size} classes, ${count(sums.reduce((sum, n) => sum + n, 0))} rows, ${count(
      cells.filter(cell => cell.actual === cell.predicted).reduce((sum, cell) => sum + cell.n, 0),
    )} right.`,
  }
}

const inkOn = (ground: string, palette: Palette) =>
  contrast(palette.ink, ground) >= contrast(palette.surface, ground) ? palette.ink : palette.surface

/* Between the two inks there is a band of middle shades on which neither is read well: step out of it. */
function readable(ground: string, palette: Palette): string {
  const best = (shade: string) => Math.max(contrast(palette.ink, shade), contrast(palette.surface, shade))
  let shade = ground
  for (let step = 0; step < 20 && best(shade) < TEXT_CONTRAST; step++)
    shade = mix(shade, palette.surface, 0.06)
  return shade
}
