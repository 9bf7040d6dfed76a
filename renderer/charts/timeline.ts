import type { LineSeriesOption } from 'echarts'
import { fixed, percent } from '../ui/format.ts'
import {
  type Chart,
  frame,
  gridOf,
  type LegendEntry,
  nameAxis,
  ruler,
  ticksFor,
  tipOf,
  UNROUNDED,
  valueAxis,
} from './chart.ts'
import type { Palette } from './palette.ts'

export interface TimelineLine {
  name: string
  /** One for each moment; null where it was not measured. */
  values: readonly (number | null)[]
  /** What is allowed; drawn as a red dashed line. Of several lines the legend says whose it is. */
  limit?: number | null
  /** `bad` and `warn` for what counts errors and warnings; else the lines are told apart by color and dashes. */
  tone?: 'bad' | 'warn'
}

export interface TimelineData {
  label: string
  /** What the moments are called, oldest first: "v1", "v2". */
  moments: readonly string[]
  /** Says more of a moment in its tip. */
  about?: (at: number) => string
  lines: readonly TimelineLine[]
  format: 'number' | 'percent' | 'count'
}

const LOOKS: { color: keyof Palette; dash: 'solid' | number[]; shape: LegendEntry['shape'] }[] = [
  { color: 'accent', dash: 'solid', shape: 'solid' },
  { color: 'test', dash: [7, 3], shape: 'dashed' },
  { color: 'ink', dash: [2, 3], shape: 'dotted' },
  { color: 'info', dash: 'solid', shape: 'solid' },
  { color: 'previous', dash: [7, 3], shape: 'dashed' },
  { color: 'muted', dash: [2, 3], shape: 'dotted' },
]

const lookOf = (line: TimelineLine, at: number) =>
  line.tone === 'bad'
    ? { color: 'bad' as const, dash: 'solid' as const, shape: 'solid' as const }
    : line.tone === 'warn'
      ? { color: 'eval' as const, dash: [7, 3], shape: 'dashed' as const }
      : (LOOKS[at % LOOKS.length] as (typeof LOOKS)[number])

/** The limits that the lines draw: the same limit of several lines once. A limit of 0 is the axis itself. */
const limitsOf = (lines: readonly TimelineLine[]): (number | null)[] =>
  lines.map(({ limit }, at) =>
    limit && limit > 0 && lines.findIndex(one => one.limit === limit) === at ? limit : null,
  )

/** An axis from 0 that ends at a line of its grid, with room for the largest figure and its mark. */
function scaleTo(most: number, isWhole: boolean): { max: number; interval: number } {
  const part = (most > 0 ? most : 1) / 4
  const power = 10 ** Math.floor(Math.log10(part))
  const step = ([1, 2, 5, 10].find(one => one * power >= part * 0.999) ?? 10) * power
  const interval = isWhole ? Math.max(1, step) : step
  const lines = Math.ceil(((most > 0 ? most : 1) * 1.02) / interval)
  return { max: lines * interval, interval }
}

/** How figures went from one moment to the next, each line with the limit it must keep. Figures start at 0. */
export function timeline(data: TimelineData, palette: Palette): Chart {
  const most = Math.max(
    0,
    ...data.lines.flatMap(line => [...line.values.map(n => n ?? 0), line.limit ?? 0]).filter(Number.isFinite),
  )
  const ticks = ticksFor(data.format === 'percent' ? most * 100 : most)
  const axis = (n: number) =>
    data.format === 'percent'
      ? `${ticks(n * 100)}%`
      : data.format === 'count'
        ? n.toLocaleString('en-US')
        : ticks(n)
  const words = (n: number | null) =>
    n === null
      ? 'not measured'
      : data.format === 'percent'
        ? percent(n, n > 0 && n < 0.1 ? 2 : 1)
        : data.format === 'count'
          ? n.toLocaleString('en-US')
          : fixed(n, 4)
  const limits = limitsOf(data.lines)
  // Limits often lie too close to each other for words beside them: those of several lines stand in the legend.
  const isAlone = data.lines.length === 1
  const series = data.lines.map((line, at): LineSeriesOption => {
    const { color, dash } = lookOf(line, at)
    const limit = limits[at] ?? null
    return {
      name: line.name,
      type: 'line',
      symbol: 'circle',
      symbolSize: 6,
      connectNulls: false,
      cursor: 'pointer',
      lineStyle: { color: palette[color], width: 1.75, type: dash },
      itemStyle: { color: palette[color] },
      emphasis: { disabled: true },
      data: [...line.values],
      ...(limit !== null && {
        markLine: {
          silent: true,
          precision: UNROUNDED,
          symbol: 'none',
          lineStyle: { color: palette.bad, type: [5, 3], width: 1.25 },
          label: {
            show: isAlone,
            formatter: `limit ${words(limit)}`,
            color: palette.bad,
            fontSize: 11,
            position: 'insideEndTop',
            textBorderColor: palette.surface,
            textBorderWidth: 3,
          },
          data: [{ yAxis: limit }],
        },
      }),
    }
  })
  const legend = data.lines.map((line, at): LegendEntry => {
    const { color, shape } = lookOf(line, at)
    const limit = !isAlone && line.limit ? `, at most ${words(line.limit)}` : ''
    return { label: `${line.name}${limit}`, color: palette[color], shape }
  })
  const last = (line: TimelineLine) => line.values.findLast(n => n !== null) ?? null
  return {
    option: {
      ...frame(palette),
      grid: gridOf({ right: 16, top: 20 }),
      xAxis: { ...nameAxis(palette, [...data.moments]), boundaryGap: false },
      yAxis: {
        ...valueAxis(palette, 'y'),
        min: 0,
        // the limit stays in the picture, also where all values keep far below it
        ...scaleTo(most, data.format === 'count'),
        axisLabel: { color: palette.axis, fontSize: 11, formatter: axis },
      },
      tooltip: {
        ...frame(palette).tooltip,
        trigger: 'axis',
        axisPointer: ruler(palette),
        formatter: (params: unknown) => {
          const at = (params as { dataIndex: number }[])[0]?.dataIndex ?? -1
          return tipOf(
            data.about?.(at) ?? data.moments[at] ?? '',
            data.lines.map(line => [line.name, words(line.values[at] ?? null)]),
          )
        },
      },
      series,
    },
    legend,
    table: {
      columns: [
        { label: 'Check' },
        ...data.lines.map(line => ({ label: line.name, format: (n: number) => words(n) })),
      ],
      rows: data.moments.map((name, at) => [
        data.about?.(at) ?? name,
        ...data.lines.map(line => line.values[at] ?? null),
      ]),
    },
    ruler: data.moments.map((_, index) => ({
      series: Math.max(
        0,
        data.lines.findIndex(line => line.values[index] !== null),
      ),
      index,
    })),
    text: `${data.label} over ${data.moments.length} checks: ${data.lines
      .map(
        line => `${line.name} ${last(line) === null ? 'was not measured' : `ends at ${words(last(line))}`}`,
      )
      .join(', ')}.`,
  }
}
