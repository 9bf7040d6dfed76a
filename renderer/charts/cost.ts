import { figure, fixed } from '../ui/index.ts'
import { type Chart, frame, gridOf, ruler, tick, tipOf, valueAxis } from './chart.ts'
import type { Palette } from './palette.ts'

export interface CostData {
  curve: readonly { threshold: number; cost: number }[]
  best: { threshold: number; cost: number }
  /** The threshold in use. */
  at: number
}

/** What all decisions together cost at each threshold, with the cheapest one and the one in use. */
export function costCurve({ curve, best, at }: CostData, palette: Palette): Chart {
  const points = curve
    .filter(({ threshold }) => threshold >= 0 && threshold <= 1)
    .sort((a, b) => a.threshold - b.threshold)
  return {
    option: {
      ...frame(palette),
      grid: gridOf({ right: 20, top: 20 }),
      xAxis: {
        ...valueAxis(palette, 'x'),
        min: 0,
        max: 1,
        interval: 0.2,
        name: 'Threshold',
        nameLocation: 'middle',
        nameGap: 22,
        axisLabel: { color: palette.axis, fontSize: 11, formatter: (n: number) => fixed(n, 1) },
      },
      yAxis: {
        ...valueAxis(palette, 'y'),
        scale: true,
        name: 'Cost of all rows',
        nameLocation: 'middle',
        nameGap: 46,
        axisLabel: { color: palette.axis, fontSize: 11, formatter: tick },
      },
      tooltip: {
        ...frame(palette).tooltip,
        trigger: 'axis',
        axisPointer: ruler(palette),
        formatter: (params: unknown) => {
          const point = points[(params as { dataIndex: number }[])[0]?.dataIndex ?? -1]
          return point ? tipOf(`Threshold ${fixed(point.threshold, 3)}`, [['Cost', figure(point.cost)]]) : ''
        },
      },
      series: [
        {
          name: 'Cost',
          type: 'line',
          step: 'start',
          showSymbol: false,
          lineStyle: { color: palette.accent, width: 1.75 },
          itemStyle: { color: palette.accent },
          emphasis: { disabled: true },
          data: points.map(point => [point.threshold, point.cost]),
          markLine: {
            silent: true,
            symbol: 'none',
            precision: -1,
            label: { formatter: `in use ${fixed(at, 2)}`, color: palette.axis, fontSize: 11 },
            lineStyle: { color: palette.previous, width: 1, type: [5, 3] },
            data: [{ xAxis: at }],
          },
          ...(best.threshold <= 1 && {
            markPoint: {
              silent: true,
              symbol: 'circle',
              symbolSize: 10,
              itemStyle: { color: palette.surface, borderColor: palette.accent, borderWidth: 2 },
              label: {
                show: true,
                position: 'bottom' as const,
                formatter: `cheapest ${fixed(best.threshold, 2)}`,
                color: palette.ink,
                fontSize: 11,
                fontWeight: 600 as const,
              },
              data: [{ name: 'cheapest', coord: [best.threshold, best.cost] }],
            },
          }),
        },
      ],
    },
    legend: [{ label: 'Cost', color: palette.accent, shape: 'solid' }],
    table: {
      columns: [
        { label: 'Threshold', format: (n: number) => fixed(n, 3) },
        { label: 'Cost', format: figure },
      ],
      rows: points.map(point => [point.threshold, point.cost]),
    },
    ruler: points.map((_, index) => ({ series: 0, index })),
    text: `Cost over the threshold; least at ${fixed(best.threshold, 3)} with ${figure(best.cost)}.`,
  }
}
