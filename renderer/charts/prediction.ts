import { figure, plural } from '../ui/index.ts'
import { type Chart, frame, gridOf, tick, tipOf, valueAxis } from './chart.ts'
import type { Palette } from './palette.ts'

export interface PredictionData {
  /** What is predicted; with its unit where it has one. */
  label: string
  points: readonly { actual: number; predicted: number }[]
}

/* More dots than this say no more and draw slowly. */
const MOST = 2_000

/* A round step that cuts a span into 4 to 10 parts. */
function niceStep(span: number): number {
  const power = 10 ** Math.floor(Math.log10(span))
  return span / power >= 4 ? power : span / power >= 2 ? power / 2 : power / 5
}

/**
 * Predicted against actual of a regression: both axes over one range, a dot a row (at most 2,000, evenly taken), and
 * the line on which they agree.
 */
export function predictionScatter(data: PredictionData, palette: Palette): Chart {
  const every = Math.max(1, Math.ceil(data.points.length / MOST))
  const points = every === 1 ? data.points : data.points.filter((_, index) => index % every === 0)
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (const { actual, predicted } of points) {
    min = Math.min(min, actual, predicted)
    max = Math.max(max, actual, predicted)
  }
  if (!(max > min)) {
    // one value, or none: a range around it
    min = Number.isFinite(min) ? min - 0.5 : 0
    max = min + 1
  }
  const step = niceStep(max - min)
  min = Math.floor(min / step) * step
  max = Math.ceil(max / step) * step
  const axis = (side: 'x' | 'y', name: string) => ({
    ...valueAxis(palette, side),
    min,
    max,
    interval: step,
    name,
    nameLocation: 'middle' as const,
    nameGap: side === 'x' ? 24 : 46,
    axisLabel: { color: palette.axis, fontSize: 11, hideOverlap: true, formatter: tick },
  })
  return {
    option: {
      ...frame(palette),
      grid: gridOf({ right: 20, top: 12 }),
      xAxis: axis('x', `${data.label}, actual`),
      yAxis: axis('y', `${data.label}, predicted`),
      tooltip: {
        ...frame(palette).tooltip,
        trigger: 'item',
        formatter: (params: unknown) => {
          const point = points[(params as { dataIndex: number }).dataIndex]
          return point
            ? tipOf(data.label, [
                ['Actual', figure(point.actual)],
                ['Predicted', figure(point.predicted)],
              ])
            : ''
        },
      },
      series: [
        {
          name: 'Rows',
          type: 'scatter',
          symbolSize: 5,
          itemStyle: { color: palette.accent, opacity: 0.5 },
          data: points.map(point => [point.actual, point.predicted]),
        },
        {
          name: 'Predicted equals actual',
          type: 'line',
          silent: true,
          showSymbol: false,
          lineStyle: { color: palette.previous, width: 1.75, type: [2, 3] },
          data: [
            [min, min],
            [max, max],
          ],
        },
      ],
    },
    legend: [
      { label: 'Rows', color: palette.accent, shape: 'fill' },
      { label: 'Predicted equals actual', color: palette.previous, shape: 'dotted' },
    ],
    table: {
      columns: [
        { label: 'Actual', format: figure },
        { label: 'Predicted', format: figure },
      ],
      rows: points.map(point => [point.actual, point.predicted]),
    },
    ruler: points.map((_, index) => ({ series: 0, index })),
    text: `Predicted against actual ${data.label} of ${plural(points.length, 'row')}.`,
  }
}
