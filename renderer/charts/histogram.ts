import type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemParams, SeriesOption } from 'echarts'
import { count, figure } from '../ui/index.ts'
import {
  band,
  type Chart,
  frame,
  type LegendEntry,
  nameAxis,
  ruler,
  tick,
  tipOf,
  valueAxis,
} from './chart.ts'
import type { Palette } from './palette.ts'

/** How many rows of each split fall between two values. */
export interface Bin {
  from: number
  to: number
  train: number
  eval?: number | null
  previous?: number | null
}

export interface HistogramData {
  label: string
  unit?: string
  bins: Bin[]
  /** How a value is written where figures would mislead, as for moments. */
  format?: (value: number) => string
  /** A logarithmic count axis, so that small bins are seen. */
  log?: boolean
  /** The bin that is looked at. */
  marked?: number
  names?: { train?: string; eval?: string; previous?: string }
}

/* Half a row: where a bar of one row still has a height on a logarithmic axis. */
const LOG_FLOOR = 0.5

/** A histogram: train as filled bars, eval as an outline over them, previous as a dotted outline. Bars start at 0. */
export function histogram(data: HistogramData, palette: Palette): Chart {
  const { bins, log = false, format = figure } = data
  const names = { train: 'Train', eval: 'Eval', previous: 'Previous', ...data.names }
  const hasEval = bins.some(bin => typeof bin.eval === 'number')
  const hasPrevious = bins.some(bin => typeof bin.previous === 'number')
  const floor = log ? LOG_FLOOR : 0
  const height = (n: number) => (log ? Math.max(LOG_FLOOR, n) : n)

  const outline = (of: (bin: Bin) => number): [number, number][] => {
    const first = bins[0]
    const last = bins.at(-1)
    if (!first || !last) return []
    return [
      [first.from, floor],
      ...bins.map((bin): [number, number] => [bin.from, height(of(bin))]),
      [last.to, height(of(last))],
      [last.to, floor],
    ]
  }
  const line = (
    name: string,
    color: string,
    type: 'solid' | number[],
    points: [number, number][],
  ): SeriesOption => ({
    name,
    type: 'line',
    step: 'end',
    showSymbol: false,
    silent: true,
    lineStyle: { color, width: 1.5, type },
    itemStyle: { color },
    data: points,
    z: 3,
  })

  const bars: SeriesOption = {
    name: names.train,
    type: 'custom',
    encode: { x: [0, 1], y: 2 },
    data: bins.map(bin => [bin.from, bin.to, height(bin.train)]),
    renderItem(params: CustomSeriesRenderItemParams, api: CustomSeriesRenderItemAPI) {
      const [left = 0, top = 0] = api.coord([api.value(0), api.value(2)])
      const [right = 0, bottom = 0] = api.coord([api.value(1), floor])
      // one px stays free between bars unless they are too thin for it
      const gap = right - left > 3 ? 1 : 0
      return {
        type: 'rect',
        shape: { x: left, y: top, width: Math.max(1, right - left - gap), height: Math.max(0, bottom - top) },
        style: {
          fill: palette.trainFill,
          ...(params.dataIndex === data.marked && { stroke: palette.ink, lineWidth: 2 }),
        },
      }
    },
  }

  const legend: LegendEntry[] = [{ label: names.train, color: palette.trainFill, shape: 'fill' }]
  const series: SeriesOption[] = [bars]
  if (hasEval) {
    series.push(
      line(
        names.eval,
        palette.eval,
        'solid',
        outline(bin => bin.eval ?? 0),
      ),
    )
    legend.push({ label: names.eval, color: palette.eval, shape: 'step' })
  }
  if (hasPrevious) {
    series.push(
      line(
        names.previous,
        palette.previous,
        [2, 3],
        outline(bin => bin.previous ?? 0),
      ),
    )
    legend.push({ label: names.previous, color: palette.previous, shape: 'dotted' })
  }

  const most = Math.max(1, ...bins.flatMap(bin => [bin.train, bin.eval ?? 0, bin.previous ?? 0]))
  const first = bins[0]?.from ?? 0
  const last = bins.at(-1)?.to ?? 1
  const values = (bin: Bin): [string, number][] => [
    [names.train, bin.train],
    ...(hasEval ? [[names.eval, bin.eval ?? 0] as [string, number]] : []),
    ...(hasPrevious ? [[names.previous, bin.previous ?? 0] as [string, number]] : []),
  ]
  return {
    option: {
      ...frame(palette),
      xAxis: {
        ...valueAxis(palette, 'x'),
        min: first,
        max: last,
        name: data.unit ?? '',
        nameLocation: 'end',
        axisLabel: {
          color: palette.axis,
          fontSize: 11,
          hideOverlap: true,
          formatter: data.format ?? tick,
        },
      },
      yAxis: {
        ...valueAxis(palette, 'y'),
        ...(log ? { type: 'log' as const, min: LOG_FLOOR, max: most * 1.3 } : { min: 0, minInterval: 1 }),
        axisLabel: {
          color: palette.axis,
          fontSize: 11,
          // a log axis ends where the tallest bar does, which is no round figure
          showMaxLabel: !log,
          formatter: (n: number) => (n < 1 ? (log ? '' : '0') : tick(n)),
        },
      },
      tooltip: {
        ...frame(palette).tooltip,
        trigger: 'item',
        formatter: (params: unknown) => {
          const bin = bins[(params as { dataIndex: number }).dataIndex]
          return bin
            ? tipOf(
                `${format(bin.from)} to ${format(bin.to)}`,
                values(bin).map(([name, n]) => [name, count(n)]),
              )
            : ''
        },
        axisPointer: ruler(palette),
      },
      series,
    },
    legend,
    table: {
      columns: [
        { label: 'From', unit: data.unit, format },
        { label: 'To', unit: data.unit, format },
        ...(bins[0] ? values(bins[0]) : []).map(([name]) => ({ label: name, unit: 'rows', format: count })),
      ],
      rows: bins.map(bin => [bin.from, bin.to, ...values(bin).map(([, n]) => n)]),
    },
    ruler: bins.map((_, index) => ({ series: 0, index })),
    text: `Histogram of ${data.label} in ${bins.length} bins from ${format(first)} to ${format(last)}.`,
  }
}

export interface TopValuesData {
  label: string
  /** Without `eval` it is not known of this value: the list of eval ends before it. */
  values: { label: string; train: number; eval?: number | null }[]
  /** `share`: values are shares from 0 to 1. */
  as?: 'share' | 'count'
  names?: { train?: string; eval?: string }
}

/** The most frequent values of a feature as bars, the most frequent at the top. */
export function topValuesBars(data: TopValuesData, palette: Palette): Chart {
  const names = { train: 'Train', eval: 'Eval', ...data.names }
  const words = data.as === 'share' ? (n: number) => `${figure(n * 100)}%` : (n: number) => count(n)
  const hasEval = data.values.some(value => typeof value.eval === 'number')
  const legend: LegendEntry[] = [{ label: names.train, color: palette.trainFill, shape: 'fill' }]
  const series: SeriesOption[] = [
    {
      name: names.train,
      type: 'bar',
      barMaxWidth: 14,
      barGap: '20%',
      itemStyle: { color: palette.trainFill },
      data: data.values.map(value => value.train),
    },
  ]
  if (hasEval) {
    legend.push({ label: names.eval, color: palette.eval, shape: 'step' })
    series.push({
      name: names.eval,
      type: 'bar',
      barMaxWidth: 14,
      // eval is an outline, so that the two are told apart without color
      itemStyle: { color: palette.surface, borderColor: palette.eval, borderWidth: 1.5 },
      data: data.values.map(value => value.eval ?? null),
    })
  }
  return {
    option: {
      ...frame(palette),
      xAxis: {
        ...valueAxis(palette, 'y'),
        min: 0,
        ...(data.as === 'count' ? { minInterval: 1 } : {}),
        axisLabel: { color: palette.axis, fontSize: 11, hideOverlap: true, formatter: words },
      },
      yAxis: {
        ...nameAxis(
          palette,
          data.values.map(value => value.label),
        ),
        inverse: true,
        axisLabel: { color: palette.ink2, fontSize: 11, width: 120, overflow: 'truncate' },
      },
      tooltip: {
        ...frame(palette).tooltip,
        trigger: 'axis',
        axisPointer: band(palette),
        formatter: (params: unknown) => {
          const at = (params as { dataIndex: number }[])[0]?.dataIndex ?? -1
          const value = data.values[at]
          if (!value) return ''
          const lines: [string, string][] = [[names.train, words(value.train)]]
          if (hasEval)
            lines.push([
              names.eval,
              typeof value.eval === 'number' ? words(value.eval) : 'less than those listed',
            ])
          return tipOf(value.label, lines)
        },
      },
      series,
    },
    legend,
    table: {
      columns: [
        { label: 'Value' },
        { label: names.train, format: words },
        ...(hasEval ? [{ label: names.eval, format: words }] : []),
      ],
      rows: data.values.map(value => [value.label, value.train, ...(hasEval ? [value.eval ?? null] : [])]),
    },
    ruler: data.values.map((_, index) => ({ series: 0, index })),
    text: `The ${data.values.length} most frequent values of ${data.label}.`,
  }
}
