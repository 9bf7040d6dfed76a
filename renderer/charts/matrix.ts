import type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemParams } from 'echarts'
import { count, percent } from '../ui/index.ts'
import { type Chart, frame, gridOf, nameAxis, tipOf } from './chart.ts'
import { contrast, mix } from './color.ts'
import type { Palette } from './palette.ts'

export interface ConfusionData {
  labels: string[]
  /** Rows are what it was, columns what was answered. */
  counts: number[][]
  /** px the chart has; names are cut to what a column of it holds. */
  width?: number
}

/* px a name may take at the side. */
const SIDE = 88
/* px of a letter at 11 px, and what the frame and the name of the axis take. */
const LETTER = 6.2
const MARGINS = 48

/* Text keeps this contrast on every shade (LOOK: at least 4.6:1). */
const TEXT_CONTRAST = 4.6

/** What was answered for what it was: counts and the share of each row; right answers in accent, wrong ones in red. */
export function confusionMatrix(data: ConfusionData, palette: Palette): Chart {
  const size = data.labels.length
  const side = Math.min(SIDE, Math.max(...data.labels.map(label => label.length * LETTER)))
  const roomX = Math.max(18, Math.floor(((data.width ?? 640) - side - MARGINS) / Math.max(1, size)) - 4)
  const names = (axis: 'x' | 'y') => ({
    ...nameAxis(palette, data.labels),
    nameLocation: 'middle' as const,
    nameTextStyle: { color: palette.axis, fontSize: 11 },
    axisLine: { show: false },
    // a name that is cut shows whole under the pointer
    tooltip: { show: true },
    triggerEvent: true,
    axisLabel: {
      color: palette.ink2,
      fontSize: 11,
      width: axis === 'x' ? Math.min(SIDE, roomX) : SIDE,
      overflow: 'truncate' as const,
      interval: size > 24 ? ('auto' as const) : 0,
    },
  })
  const sums = data.counts.map(row => row.reduce((sum, n) => sum + n, 0))
  const cells: { actual: number; predicted: number; n: number; share: number }[] = []
  for (let actual = 0; actual < size; actual++)
    for (let predicted = 0; predicted < size; predicted++) {
      const n = data.counts[actual]?.[predicted] ?? 0
      cells.push({ actual, predicted, n, share: sums[actual] ? n / (sums[actual] ?? 1) : 0 })
    }
  return {
    option: {
      ...frame(palette),
      grid: gridOf({ top: 4, right: 8 }),
      xAxis: { ...names('x'), position: 'top', name: 'Answered', nameGap: 24 },
      yAxis: { ...names('y'), inverse: true, name: 'Was', nameGap: 8 },
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
          type: 'custom',
          data: cells.map(cell => [cell.predicted, cell.actual, cell.n]),
          renderItem(params: CustomSeriesRenderItemParams, api: CustomSeriesRenderItemAPI) {
            const cell = cells[params.dataIndex]
            const [x = 0, y = 0] = api.coord([api.value(0), api.value(1)])
            const sizes = api.size?.([1, 1])
            const [width = 0, height = 0] = Array.isArray(sizes) ? sizes : []
            if (!cell) return null
            const look = cellLook(cell.n, cell.share, cell.actual === cell.predicted, palette)
            const words = wordsFor(cell.n, cell.share, width, height)
            return {
              type: 'rect',
              shape: { x: x - width / 2, y: y - height / 2, width, height },
              style: { fill: look.ground, stroke: palette.line, lineWidth: size > 40 ? 0 : 1 },
              emphasis: { style: { stroke: palette.ink, lineWidth: 2 } },
              textConfig: { position: 'inside' },
              ...(words && {
                textContent: {
                  type: 'text',
                  style: {
                    text: words,
                    fill: look.ink,
                    fontSize: 11,
                    lineHeight: 14,
                    align: 'center',
                    font: `11px ${palette.font}`,
                  },
                },
              }),
            }
          },
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

/* What fits into a cell: count and share, the count, or nothing. */
function wordsFor(n: number, share: number, width: number, height: number): string {
  const both = percent(share)
  if (width >= 7 * both.length + 4 && height >= 32) return `${count(n)}\n${both}`
  return width >= 7 * count(n).length + 4 && height >= 14 ? count(n) : ''
}

/** The ground and the ink of a cell: deeper for a larger share of its row, text always at least 4.6:1. */
export function cellLook(
  n: number,
  share: number,
  right: boolean,
  palette: Palette,
): { ground: string; ink: string } {
  if (n === 0) return { ground: palette.surface, ink: palette.muted }
  // a wrong share of a fifth is already full red: mistakes are rarer than right answers
  const depth = 0.08 + 0.92 * Math.min(1, right ? share : share * 5)
  const ground = readable(mix(palette.surface, right ? palette.accent : palette.bad, depth), palette)
  const ink =
    contrast(palette.ink, ground) >= contrast(palette.surface, ground) ? palette.ink : palette.surface
  return { ground, ink }
}

/* Between the two inks there is a band of middle shades on which neither is read well: step out of it. */
function readable(ground: string, palette: Palette): string {
  const best = (shade: string) => Math.max(contrast(palette.ink, shade), contrast(palette.surface, shade))
  let shade = ground
  for (let step = 0; step < 20 && best(shade) < TEXT_CONTRAST; step++)
    shade = mix(shade, palette.surface, 0.06)
  return shade
}
