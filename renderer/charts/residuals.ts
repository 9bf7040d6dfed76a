import { count, figure, plural } from '../ui/index.ts'
import { type Chart, frame, gridOf, tick, tipOf, valueAxis } from './chart.ts'
import type { Palette } from './palette.ts'

export interface ResidualData {
  /** What is predicted. */
  label: string
  points: readonly { actual: number; predicted: number }[]
  /** Mean and spread of the residual in ranges of the predicted value. */
  ranges: readonly { low: number; high: number; rows: number; mean: number; deviation: number }[]
}

/**
 * Residuals (actual less predicted) against what was predicted: a dot a row, the mean in ranges of about equal rows and
 * one standard deviation to both sides of it. A good model lies around 0 with the same spread everywhere.
 */
export function residualScatter({ label, points, ranges }: ResidualData, palette: Palette): Chart {
  const middle = (range: { low: number; high: number }) => (range.low + range.high) / 2
  const axis = (side: 'x' | 'y', name: string) => ({
    ...valueAxis(palette, side),
    scale: true,
    name,
    nameLocation: 'middle' as const,
    nameGap: side === 'x' ? 24 : 46,
    axisLabel: { color: palette.axis, fontSize: 11, hideOverlap: true, formatter: tick },
  })
  const line = (
    name: string,
    color: string,
    type: 'solid' | number[],
    of: (range: ResidualData['ranges'][number]) => number,
  ) => ({
    name,
    type: 'line' as const,
    silent: true,
    symbol: 'circle',
    symbolSize: 4,
    showSymbol: type === 'solid',
    lineStyle: { color, width: 1.75, type },
    itemStyle: { color },
    z: 4,
    data: ranges.map(range => [middle(range), of(range)]),
  })
  return {
    option: {
      ...frame(palette),
      grid: gridOf({ right: 20, top: 12 }),
      xAxis: axis('x', `${label}, predicted`),
      yAxis: axis('y', 'Actual less predicted'),
      tooltip: {
        ...frame(palette).tooltip,
        trigger: 'item',
        formatter: (params: unknown) => {
          const point = points[(params as { dataIndex: number }).dataIndex]
          return point
            ? tipOf(label, [
                ['Actual', figure(point.actual)],
                ['Predicted', figure(point.predicted)],
                ['Residual', figure(point.actual - point.predicted)],
              ])
            : ''
        },
      },
      series: [
        {
          name: 'Rows',
          type: 'scatter',
          symbolSize: 5,
          itemStyle: { color: palette.accent, opacity: 0.4 },
          data: points.map(point => [point.predicted, point.actual - point.predicted]),
          markLine: {
            silent: true,
            symbol: 'none',
            label: { show: false },
            lineStyle: { color: palette.lineStrong, width: 1, type: 'solid' },
            data: [{ yAxis: 0 }],
          },
        },
        line('Mean', palette.ink, 'solid', range => range.mean),
        line('One deviation above', palette.ink, [5, 3], range => range.mean + range.deviation),
        line('One deviation below', palette.ink, [5, 3], range => range.mean - range.deviation),
      ],
    },
    legend: [
      { label: 'Rows', color: palette.accent, shape: 'fill' },
      { label: 'Mean', color: palette.ink, shape: 'solid' },
      { label: 'One deviation', color: palette.ink, shape: 'dashed' },
    ],
    table: {
      columns: [
        { label: 'Predicted from', format: figure },
        { label: 'To', format: figure },
        { label: 'Rows', format: count },
        { label: 'Mean residual', format: figure },
        { label: 'Deviation', format: figure },
      ],
      rows: ranges.map(range => [range.low, range.high, range.rows, range.mean, range.deviation]),
    },
    ruler: ranges.map((_, index) => ({ series: 1, index })),
    text: `Residuals of ${label} of ${plural(points.length, 'row')}, ${ranges
      .map(range => `around ${figure(middle(range))} they are ${figure(range.mean)}`)
      .join(', ')}.`,
  }
}
