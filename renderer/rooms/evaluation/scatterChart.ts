import type { Evaluation } from '#contract'
import type { Chart, Palette } from '../../charts/index.ts'
import { figure, plural } from '../../ui/format.ts'

/**
 * Predicted against actual of a regression, both axes over one range, with the line on which they agree. Null where
 * there is no row.
 */
export function scatterChart(points: Evaluation['scatter'], label: string, palette: Palette): Chart | null {
  if (!points.length) return null
  const values = points.flatMap(point => [point.actual, point.predicted])
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (const value of values) {
    if (value < min) min = value
    if (value > max) max = value
  }
  const axis = (name: string, gap: number, grid: boolean) => ({
    type: 'value' as const,
    min,
    max,
    name,
    nameLocation: 'middle' as const,
    nameGap: gap,
    nameTextStyle: { color: palette.axis, fontSize: 11 },
    axisTick: { show: false },
    axisLine: { show: !grid, lineStyle: { color: palette.lineStrong, width: 1 } },
    splitLine: { show: grid, lineStyle: { color: palette.grid, width: 1 } },
    axisLabel: { color: palette.axis, fontSize: 11, hideOverlap: true, formatter: figure },
  })
  return {
    option: {
      animation: false,
      textStyle: { fontFamily: palette.font, fontSize: 11, color: palette.axis },
      grid: { left: 28, right: 16, top: 12, bottom: 24, containLabel: true },
      xAxis: axis(`${label}, actual`, 24, false),
      yAxis: axis(`${label}, predicted`, 44, true),
      series: [
        {
          type: 'scatter',
          symbolSize: 5,
          itemStyle: { color: palette.eval, opacity: 0.55 },
          data: points.map(point => [point.actual, point.predicted]),
        },
        {
          type: 'line',
          silent: true,
          showSymbol: false,
          lineStyle: { color: palette.previous, width: 1.5, type: [2, 3] },
          data: [
            [min, min],
            [max, max],
          ],
        },
      ],
    },
    legend: [
      { label: 'Rows', color: palette.eval, shape: 'fill' },
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
    text: `Predicted against actual ${label} of ${plural(points.length, 'row')}.`,
  }
}
