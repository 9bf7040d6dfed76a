import type { LineSeriesOption } from 'echarts'
import { figure, fixed, percent } from '../ui/index.ts'
import {
  type Chart,
  frame,
  gridOf,
  type LegendEntry,
  ruler,
  ticksFor,
  tipOf,
  UNROUNDED,
  valueAxis,
} from './chart.ts'
import type { Palette } from './palette.ts'

export type Point = readonly [x: number, y: number]

/** Who a line belongs to. Roles keep their color and dash on every page. */
export type Role = 'train' | 'eval' | 'previous' | 'accent'

export interface Curve {
  name: string
  /** What stands at the end of the line, where several lines of one role must be told apart. */
  short?: string
  role: Role
  points: readonly Point[]
}

/** The dash of each role, on the line and in the legend. */
export const DASH: Record<Role, 'solid' | number[]> = {
  train: 'solid',
  eval: [7, 3],
  previous: [2, 3],
  accent: 'solid',
}
export const SHAPE: Record<Role, LegendEntry['shape']> = {
  train: 'solid',
  eval: 'dashed',
  previous: 'dotted',
  accent: 'solid',
}

/** A line in the color and dash of its role. */
export function lineOf(curve: Curve, palette: Palette): LineSeriesOption {
  const color = palette[curve.role]
  return {
    name: curve.name,
    type: 'line',
    showSymbol: curve.points.length === 1,
    symbolSize: 5,
    // long runs are thinned to what the screen can show, peaks kept
    sampling: 'lttb',
    lineStyle: { color, width: 1.75, type: DASH[curve.role] },
    itemStyle: { color },
    emphasis: { disabled: true },
    data: curve.points.map(point => [point[0], point[1]]),
  }
}

/** The legend of curves: each role with its color and dash. */
export const legendOf = (curves: Curve[], palette: Palette): LegendEntry[] =>
  curves.map(curve => ({ label: curve.name, color: palette[curve.role], shape: SHAPE[curve.role] }))

/* One table row for every x that any curve has. */
function tableOf(
  xLabel: string,
  curves: Curve[],
  format: (n: number) => string,
): Pick<Chart, 'table' | 'ruler'> {
  const xs = [...new Set(curves.flatMap(curve => curve.points.map(point => point[0])))].sort((a, b) => a - b)
  const byX = curves.map(
    curve => new Map(curve.points.map((point, index) => [point[0], { y: point[1], index }])),
  )
  return {
    table: {
      columns: [{ label: xLabel, format: figure }, ...curves.map(curve => ({ label: curve.name, format }))],
      rows: xs.map(x => [x, ...byX.map(points => points.get(x)?.y ?? null)]),
    },
    ruler: xs.map(x => {
      const series = byX.findIndex(points => points.has(x))
      return { series, index: byX[series]?.get(x)?.index ?? 0 }
    }),
  }
}

type AxisTip = { seriesName?: string; value: Point }

function axisTip(palette: Palette, head: (x: number) => string, format: (n: number) => string) {
  return {
    ...frame(palette).tooltip,
    trigger: 'axis' as const,
    axisPointer: ruler(palette),
    formatter: (params: unknown) => {
      const all = params as AxisTip[]
      const x = all[0]?.value[0]
      return x === undefined
        ? ''
        : tipOf(
            head(x),
            all.map(one => [one.seriesName ?? '', format(one.value[1])]),
          )
    },
  }
}

export interface LossCurvesData {
  label: string
  /** The unit of x: "epochs", "batches". */
  xLabel: string
  series: Curve[]
  format?: 'number' | 'percent'
  /** The best point so far, with its words: "best 0.183". */
  best?: { x: number; y: number; text: string }
  /** Where the run stands; a dotted upright line. */
  now?: number
  /** The planned end, so that the picture does not rescale while it grows. */
  xMax?: number
  yMin?: number
}

interface Span {
  x: number
  y: readonly [low: number, high: number]
}

/* About what a label takes of a plot: 64 of 340 px, 16 of 150 px. */
const LABEL = { width: 0.19, height: 0.11 }

/* The side of a point on which its words lie freest of all lines; near the right end they end at the point. */
function freeSide(
  at: { x: number; y: number },
  curves: readonly Curve[],
  { x, y: [low, high] }: Span,
): { position: 'top' | 'bottom'; align: 'center' | 'right' } {
  const height = high - low || 1
  const isAtEnd = at.x / x > 1 - LABEL.width / 2
  const left = at.x - x * LABEL.width * (isAtEnd ? 1 : 0.5)
  const right = at.x + (isAtEnd ? 0 : x * LABEL.width * 0.5)
  const beside = curves.flatMap(curve =>
    curve.points
      .filter(point => point[0] >= left && point[0] <= right)
      .map(point => (point[1] - at.y) / height),
  )
  const free = (middle: number) => {
    if (at.y + middle * height < low) return -1
    return Math.min(1, ...beside.map(off => Math.abs(off - middle)))
  }
  return {
    position: free(-1.4 * LABEL.height) > free(1.4 * LABEL.height) ? 'bottom' : 'top',
    align: isAtEnd ? 'right' : 'center',
  }
}

interface EndName {
  text: string
  position: 'right' | 'top'
  /** px */
  shift: number
}

/*
 * Names at the ends of the lines where more lines than roles are drawn, by index. Those that reach the right edge stand
 * beside it, one over the other; a line that ends before has its name over its end.
 */
function namesAtEnds(curves: readonly Curve[], { x, y: [low, high] }: Span): Map<number, EndName> {
  const found = new Map<number, EndName>()
  if (curves.filter(curve => curve.role === 'previous').length < 2 && curves.length <= 3) return found
  const height = high - low || 1
  const ends = curves
    .map((curve, index) => ({ index, text: curve.short, role: curve.role, end: curve.points.at(-1) }))
    .flatMap(({ index, text, role, end }) =>
      role === 'previous' && text !== undefined && end
        ? [{ index, text, atEdge: end[0] >= x, at: (end[1] - low) / height }]
        : [],
    )
    .sort((a, b) => a.at - b.at)
  let highest = Number.NEGATIVE_INFINITY
  for (const { index, text, atEdge, at } of ends) {
    if (!atEdge) {
      found.set(index, { text, position: 'top', shift: 0 })
      continue
    }
    const placed = Math.max(at, highest + LABEL.height)
    found.set(index, { text, position: 'right', shift: ((at - placed) / LABEL.height) * 14 })
    highest = placed
  }
  return found
}

/** Curves of a run: train solid, eval dashed, previous dotted. Appends without easing. */
export function lossCurves(data: LossCurvesData, palette: Palette): Chart {
  const asPercent = data.format === 'percent'
  const words = (n: number) => (asPercent ? percent(n) : Math.abs(n) >= 100 ? figure(n) : fixed(n, 3))
  const ys = data.series.flatMap(curve => curve.points.map(point => point[1])).filter(Number.isFinite)
  const low = data.yMin ?? Math.min(...ys)
  const spread = ys.length > 0 ? Math.max(...ys) - low : 1
  const ticks = ticksFor(asPercent ? spread * 100 : spread)
  const axisWords = (n: number) => (asPercent ? `${ticks(n * 100)}%` : ticks(n))
  const series = data.series.map(curve => lineOf(curve, palette))
  // marks hang on the last eval curve, which is what "best" is about
  const host =
    series[
      Math.max(
        0,
        data.series.findIndex(curve => curve.role === 'eval'),
      )
    ]
  const span = {
    x: data.xMax ?? Math.max(1, ...data.series.map(curve => curve.points.at(-1)?.[0] ?? 0)),
    y: [low, ys.length > 0 ? Math.max(...ys) : 1] as const,
  }
  if (host && data.best)
    host.markPoint = {
      silent: true,
      symbol: 'circle',
      symbolSize: 10,
      itemStyle: { color: palette.surface, borderColor: palette.eval, borderWidth: 2 },
      label: {
        show: true,
        ...freeSide(data.best, data.series, span),
        formatter: data.best.text,
        color: palette.ink,
        fontSize: 11,
        fontWeight: 600,
        distance: 8,
        textBorderColor: palette.surface,
        textBorderWidth: 3,
      },
      data: [{ name: 'best', coord: [data.best.x, data.best.y] }],
    }
  const named = namesAtEnds(data.series, span)
  for (const [index, { text, position, shift }] of named)
    if (series[index])
      series[index].markPoint = {
        silent: true,
        symbolSize: 0,
        label: {
          show: true,
          position,
          formatter: text,
          color: palette.axis,
          fontSize: 11,
          distance: 4,
          offset: [0, shift],
          textBorderColor: palette.surface,
          textBorderWidth: 3,
        },
        data: [{ name: text, coord: [...(data.series[index]?.points.at(-1) ?? [0, 0])] }],
      }
  if (host && data.now !== undefined)
    host.markLine = {
      silent: true,
      precision: UNROUNDED,
      symbol: 'none',
      lineStyle: { color: palette.muted, type: [2, 3], width: 1 },
      label: {
        formatter: 'now',
        position: 'end',
        rotate: 0,
        color: palette.axis,
        fontSize: 11,
        distance: 3,
      },
      data: [{ xAxis: data.now }],
    }
  return {
    option: {
      ...frame(palette),
      grid: gridOf({ right: named.size > 0 ? 44 : 16, top: 20 }),
      xAxis: {
        ...valueAxis(palette, 'x'),
        min: 0,
        ...(data.xMax !== undefined && { max: data.xMax }),
        minInterval: 1,
        axisLabel: {
          color: palette.axis,
          fontSize: 11,
          hideOverlap: true,
          showMaxLabel: true,
          // the unit stands once, at the end of the axis
          formatter: (x: number) => (x === data.xMax ? `${figure(x)} ${data.xLabel}` : figure(x)),
          alignMaxLabel: 'right',
        },
        ...(data.xMax === undefined && { name: data.xLabel, nameLocation: 'middle', nameGap: 22 }),
      },
      yAxis: {
        ...valueAxis(palette, 'y'),
        ...(data.yMin !== undefined ? { min: data.yMin } : { scale: true }),
        axisLabel: { color: palette.axis, fontSize: 11, formatter: axisWords, showMinLabel: true },
      },
      tooltip: axisTip(palette, x => `${data.xLabel} ${figure(x)}`, words),
      series,
    },
    legend: legendOf(data.series, palette),
    ...tableOf(data.xLabel, data.series, words),
    text: `${data.label}: ${data.series
      .map(
        curve =>
          `${curve.name} ${curve.points.length > 0 ? `ends at ${words(curve.points.at(-1)?.[1] ?? 0)}` : 'has no points yet'}`,
      )
      .join(', ')}.`,
  }
}
