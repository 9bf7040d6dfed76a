import type { CustomSeriesRenderItemAPI, SeriesOption } from 'echarts'
import { figure } from '../ui/index.ts'
import {
  band,
  type Chart,
  frame,
  gridOf,
  type LegendEntry,
  type Limit,
  limitMarks,
  nameAxis,
  tipOf,
  valueAxis,
} from './chart.ts'
import type { Palette } from './palette.ts'

export interface BarCompareData {
  label: string
  unit?: string
  items: { label: string; before: number | null; after: number | null; low?: number; high?: number }[]
  names?: { before: string; after: string }
  format?: (value: number) => string
  limit?: Limit
}

/* Both bars and the interval on them are laid out by these. */
const BARS = { barMaxWidth: 28, barGap: '10%' }

/* An upright interval over a category or a point. Values: x, low, high. Over bars it stands on the second of two. */
function intervals(rows: [number, number, number][], palette: Palette, onBars = false): SeriesOption {
  return {
    type: 'custom',
    name: '95% interval',
    silent: true,
    z: 4,
    data: rows,
    renderItem(_: unknown, api: CustomSeriesRenderItemAPI) {
      const [x = 0, low = 0] = api.coord([api.value(0), api.value(1)])
      const [, high = 0] = api.coord([api.value(0), api.value(2)])
      const shift = onBars ? (api.barLayout({ ...BARS, count: 2 })?.[1]?.offsetCenter ?? 0) : 0
      return {
        type: 'line',
        shape: { x1: x + shift, y1: low, x2: x + shift, y2: high },
        style: { stroke: palette.ink2, lineWidth: 1.5 },
      }
    },
  }
}

/** Before and after side by side: before in gray, after in accent, with intervals where a figure comes from a sample. */
export function barCompare(data: BarCompareData, palette: Palette): Chart {
  const names = data.names ?? { before: 'Before', after: 'After' }
  const words = data.format ?? figure
  const after: SeriesOption = {
    name: names.after,
    type: 'bar',
    ...BARS,
    itemStyle: { color: palette.accent },
    data: data.items.map(item => item.after),
    ...(data.limit && limitMarks(palette, data.limit)),
  }
  const sampled = data.items
    .map((item, index): [number, number, number] => [index, item.low ?? Number.NaN, item.high ?? Number.NaN])
    .filter(([, low, high]) => !Number.isNaN(low) && !Number.isNaN(high))
  return {
    option: {
      ...frame(palette),
      xAxis: nameAxis(
        palette,
        data.items.map(item => item.label),
      ),
      yAxis: {
        ...valueAxis(palette, 'y'),
        min: 0,
        name: data.unit ?? '',
        nameGap: 8,
        nameTextStyle: { color: palette.axis, fontSize: 11, align: 'right' },
        axisLabel: { color: palette.axis, fontSize: 11, formatter: words },
      },
      grid: gridOf({ right: 12, top: data.unit ? 28 : 12 }),
      tooltip: {
        ...frame(palette).tooltip,
        trigger: 'axis',
        axisPointer: band(palette),
        formatter: (params: unknown) => {
          const item = data.items[(params as { dataIndex: number }[])[0]?.dataIndex ?? -1]
          if (!item) return ''
          const value = (n: number | null) => (n === null ? 'none' : words(n))
          return tipOf(item.label, [
            [names.before, value(item.before)],
            [names.after, value(item.after)],
            ...(item.low !== undefined && item.high !== undefined
              ? [['95% interval', `${words(item.low)} to ${words(item.high)}`] as [string, string]]
              : []),
          ])
        },
      },
      series: [
        {
          name: names.before,
          type: 'bar',
          ...BARS,
          itemStyle: { color: palette.previousFill },
          data: data.items.map(item => item.before),
        },
        after,
        ...(sampled.length > 0 ? [intervals(sampled, palette, true)] : []),
      ],
    },
    legend: [
      { label: names.before, color: palette.previousFill, shape: 'fill' },
      { label: names.after, color: palette.accent, shape: 'fill' },
    ],
    table: {
      columns: [
        { label: data.label },
        { label: names.before, unit: data.unit, format: words },
        { label: names.after, unit: data.unit, format: words },
        ...(sampled.length > 0
          ? [
              { label: 'Low', unit: data.unit, format: words },
              { label: 'High', unit: data.unit, format: words },
            ]
          : []),
      ],
      rows: data.items.map(item => [
        item.label,
        item.before,
        item.after,
        ...(sampled.length > 0 ? [item.low ?? null, item.high ?? null] : []),
      ]),
    },
    ruler: data.items.map((_, index) => ({ series: 0, index })),
    text: `${data.label}, ${names.before} against ${names.after}, ${data.items.length} items.`,
  }
}

/** How a variant of a model is marked on every page: circle float32, square float16, diamond dynamic, triangle int8. */
export type VariantMark = 'circle' | 'square' | 'diamond' | 'triangle'

export interface VariantScatterData {
  xLabel: string
  xUnit?: string
  yLabel: string
  points: {
    label: string
    mark: VariantMark
    x: number
    y: number
    low?: number
    high?: number
    selected?: boolean
    failed?: boolean
  }[]
  limit?: Limit
  formatX?: (value: number) => string
  formatY?: (value: number) => string
}

/** Variants by two measures, with intervals and the gate they must pass. */
export function variantScatter(data: VariantScatterData, palette: Palette): Chart {
  const wordsX = data.formatX ?? figure
  const wordsY = data.formatY ?? figure
  const sampled = data.points
    .filter(point => point.low !== undefined && point.high !== undefined)
    .map((point): [number, number, number] => [point.x, point.low ?? 0, point.high ?? 0])
  const lows = [...data.points.map(point => point.low ?? point.y), ...(data.limit ? [data.limit.value] : [])]
  const highs = [
    ...data.points.map(point => point.high ?? point.y),
    ...(data.limit ? [data.limit.value] : []),
  ]
  const spread = Math.max(...highs, 0) - Math.min(...lows) || Math.abs(highs[0] ?? 1) || 1
  const widest = Math.max(0, ...data.points.map(point => point.x))
  const legend: LegendEntry[] = []
  return {
    option: {
      ...frame(palette),
      grid: gridOf({ right: 24, top: 12 }),
      xAxis: {
        ...valueAxis(palette, 'x'),
        min: 0,
        name: data.xUnit ? `${data.xLabel}, ${data.xUnit}` : data.xLabel,
        nameLocation: 'middle',
        nameGap: 24,
        axisLabel: { color: palette.axis, fontSize: 11, formatter: wordsX },
      },
      yAxis: {
        ...valueAxis(palette, 'y'),
        ...(data.points.length > 0 && {
          // soft limits: ECharts rounds them outward to whole steps
          min: (range: { min: number }) => Math.min(range.min, ...lows) - spread * 0.08,
          max: (range: { max: number }) => Math.max(range.max, ...highs) + spread * 0.08,
        }),
        axisLabel: {
          color: palette.axis,
          fontSize: 11,
          formatter: wordsY,
          showMinLabel: false,
          showMaxLabel: false,
        },
      },
      tooltip: {
        ...frame(palette).tooltip,
        trigger: 'item',
        formatter: (params: unknown) => {
          const point = data.points[(params as { dataIndex: number }).dataIndex]
          return point
            ? tipOf(point.label, [
                [data.xLabel, wordsX(point.x)],
                [data.yLabel, wordsY(point.y)],
                ...(point.low !== undefined && point.high !== undefined
                  ? [['95% interval', `${wordsY(point.low)} to ${wordsY(point.high)}`] as [string, string]]
                  : []),
              ])
            : ''
        },
      },
      series: [
        {
          name: data.yLabel,
          type: 'scatter',
          z: 5,
          data: data.points.map(point => {
            const color = point.failed ? palette.bad : palette.accent
            return {
              value: [point.x, point.y],
              name: point.label,
              symbol: point.mark === 'square' ? 'rect' : point.mark,
              symbolSize: point.mark === 'diamond' ? 14 : 11,
              itemStyle: {
                color: point.selected ? color : palette.surface,
                borderColor: color,
                borderWidth: 2,
                opacity: 1,
              },
              label: {
                show: true,
                // near the right end there is no room beside the point
                position: point.x > 0.8 * widest ? ('left' as const) : ('right' as const),
                distance: 8,
                formatter: point.label,
                color: palette.ink,
                fontSize: 11,
                fontWeight: point.selected ? 600 : 400,
              },
            }
          }),
          ...(data.limit && limitMarks(palette, data.limit)),
        },
        ...(sampled.length > 0 ? [intervals(sampled, palette)] : []),
      ],
    },
    legend,
    table: {
      columns: [
        { label: 'Variant' },
        { label: data.xLabel, unit: data.xUnit, format: wordsX },
        { label: data.yLabel, format: wordsY },
        { label: 'Low', format: wordsY },
        { label: 'High', format: wordsY },
      ],
      rows: data.points.map(point => [point.label, point.x, point.y, point.low ?? null, point.high ?? null]),
    },
    ruler: data.points.map((_, index) => ({ series: 0, index })),
    text: `${data.yLabel} against ${data.xLabel} of ${data.points.length} variants${data.limit ? `, ${data.limit.text}` : ''}.`,
  }
}
