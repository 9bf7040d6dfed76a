import type { LineSeriesOption } from 'echarts'
import { figure, percent } from '../ui/index.ts'
import { type Chart, frame, gridOf, nameAxis, ruler, tick, ticksFor, tipOf, valueAxis } from './chart.ts'
import type { Palette } from './palette.ts'

export interface DependenceData {
  column: string
  /** Numbers, else names. */
  grid: readonly (number | string)[]
  /** What is averaged: "Probability of yes". */
  answer: string
  /** Answers are shares from 0 to 1. */
  share: boolean
  mean: readonly number[]
  /** Single rows. */
  ice: readonly (readonly number[])[]
  /** Share of the rows at each point of the grid. */
  shares: readonly number[]
}

/**
 * Partial dependence: the mean answer when a column is set to each point of the grid in every row, over thin lines of
 * single rows (individual conditional expectation). Below, how many rows lie at each point: few rows, little to rely on.
 */
export function dependence(data: DependenceData, palette: Palette): Chart {
  const isNumber = data.grid.every(point => typeof point === 'number')
  const name = (at: number) => {
    const point = data.grid[at]
    return typeof point === 'number' ? figure(point) : String(point ?? '')
  }
  const at = (index: number) => (isNumber ? (data.grid[index] as number) : index)
  const all = [...data.mean, ...data.ice.flat()]
  const range = Math.max(...all) - Math.min(...all)
  const words = data.share ? (n: number) => percent(n) : figure
  const x = isNumber
    ? {
        ...valueAxis(palette, 'x'),
        scale: true,
        min: data.grid[0] as number,
        max: data.grid.at(-1) as number,
        axisLabel: { color: palette.axis, fontSize: 11, hideOverlap: true, formatter: tick },
      }
    : nameAxis(
        palette,
        data.grid.map(point => String(point)),
      )
  const single = (ice: readonly number[]): LineSeriesOption => ({
    name: 'One row',
    type: 'line',
    silent: true,
    showSymbol: false,
    lineStyle: { color: palette.previous, width: 1, opacity: 0.35 },
    data: ice.map((value, index) => [at(index), value]),
    tooltip: { show: false },
  })
  const most = Math.max(1e-9, ...data.shares)
  return {
    option: {
      ...frame(palette),
      grid: [gridOf({ right: 20, top: 12, bottom: 52 }), { left: 48, right: 20, bottom: 8, height: 24 }],
      xAxis: [
        {
          ...x,
          name: data.column,
          nameLocation: 'middle' as const,
          nameGap: 22,
          nameTextStyle: { color: palette.axis, fontSize: 11 },
        },
        isNumber ? { ...x, gridIndex: 1, show: false } : { ...x, gridIndex: 1, show: false },
      ],
      yAxis: [
        {
          ...valueAxis(palette, 'y'),
          scale: true,
          axisLabel: {
            color: palette.axis,
            fontSize: 11,
            formatter: data.share ? (n: number) => `${Number((n * 100).toFixed(1))}%` : ticksFor(range),
          },
        },
        { type: 'value' as const, gridIndex: 1, show: false, min: 0, max: most },
      ],
      tooltip: {
        ...frame(palette).tooltip,
        trigger: 'axis',
        axisPointer: ruler(palette),
        formatter: (params: unknown) => {
          const hit = (params as { seriesIndex?: number; dataIndex: number }[])[0]
          const index = hit?.dataIndex ?? -1
          const mean = data.mean[index]
          return mean === undefined
            ? ''
            : tipOf(`${data.column} ${name(index)}`, [
                [`${data.answer}, mean`, words(mean)],
                ['Rows there', percent(data.shares[index] ?? 0)],
              ])
        },
      },
      series: [
        {
          name: 'Mean',
          type: 'line',
          symbol: 'circle',
          symbolSize: 5,
          showSymbol: true,
          z: 5,
          lineStyle: { color: palette.accent, width: 2.25 },
          itemStyle: { color: palette.accent },
          data: data.mean.map((value, index) => [at(index), value]),
        },
        {
          name: 'Rows there',
          type: 'bar',
          silent: true,
          xAxisIndex: 1,
          yAxisIndex: 1,
          barMaxWidth: 10,
          itemStyle: { color: palette.previousFill },
          data: data.shares.map((value, index) => [at(index), value]),
          tooltip: { show: false },
        },
        ...data.ice.map(single),
      ],
    },
    legend: [
      { label: 'Mean of all rows', color: palette.accent, shape: 'solid' },
      ...(data.ice.length
        ? [{ label: 'Single rows', color: palette.previous, shape: 'solid' as const }]
        : []),
      { label: 'Rows there', color: palette.previousFill, shape: 'fill' },
    ],
    table: {
      columns: [
        { label: data.column, ...(isNumber && { format: figure }) },
        { label: data.answer, format: words },
        { label: 'Rows there', format: (n: number) => percent(n) },
      ],
      rows: data.grid.map((point, index) => [point, data.mean[index] ?? null, data.shares[index] ?? null]),
    },
    ruler: data.grid.map((_, index) => ({ series: 0, index })),
    text: `${data.answer} over ${data.column}: ${data.grid
      .map((_, index) => `${name(index)} ${words(data.mean[index] ?? 0)}`)
      .slice(0, 12)
      .join(', ')}.`,
  }
}
