import type { LineSeriesOption } from 'echarts'
import { figure, fixed, percent } from '../ui/index.ts'
import {
  type Chart,
  frame,
  gridOf,
  type LegendEntry,
  type Limit,
  limitMarks,
  ruler,
  ticksFor,
  tipOf,
  valueAxis,
} from './chart.ts'
import type { Palette } from './palette.ts'

export type Point = readonly [x: number, y: number]

/** Who a line belongs to. Roles keep their color and dash on every page. */
export type Role = 'train' | 'eval' | 'previous' | 'accent'

export interface Curve {
  name: string
  role: Role
  points: readonly Point[]
}

const DASH: Record<Role, 'solid' | number[]> = {
  train: 'solid',
  eval: [7, 3],
  previous: [2, 3],
  accent: 'solid',
}
const SHAPE: Record<Role, LegendEntry['shape']> = {
  train: 'solid',
  eval: 'dashed',
  previous: 'dotted',
  accent: 'solid',
}

function lineOf(curve: Curve, palette: Palette, step?: 'start' | 'end'): LineSeriesOption {
  const color = palette[curve.role]
  return {
    name: curve.name,
    type: 'line',
    showSymbol: curve.points.length === 1,
    symbolSize: 5,
    ...(step && { step }),
    // long runs are thinned to what the screen can show, peaks kept
    sampling: 'lttb',
    lineStyle: { color, width: 1.75, type: DASH[curve.role] },
    itemStyle: { color },
    emphasis: { disabled: true },
    data: curve.points.map(point => [point[0], point[1]]),
  }
}

const legendOf = (curves: Curve[], palette: Palette): LegendEntry[] =>
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
  if (host && data.best)
    host.markPoint = {
      silent: true,
      symbol: 'circle',
      symbolSize: 10,
      itemStyle: { color: palette.surface, borderColor: palette.eval, borderWidth: 2 },
      label: {
        show: true,
        // near the right end there is no room over the point
        position: data.xMax !== undefined && data.best.x > 0.85 * data.xMax ? 'left' : 'top',
        formatter: data.best.text,
        color: palette.ink,
        fontSize: 11,
        fontWeight: 600,
        distance: 6,
        textBorderColor: palette.surface,
        textBorderWidth: 3,
      },
      data: [{ name: 'best', coord: [data.best.x, data.best.y] }],
    }
  if (host && data.now !== undefined)
    host.markLine = {
      silent: true,
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
      grid: gridOf({ right: 16, top: 20 }),
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

/* The point of a curve whose threshold is nearest to the one in use. */
function nearest<P extends { threshold: number }>(
  points: readonly P[],
  at: number | undefined,
): P | undefined {
  if (at === undefined) return undefined
  let best: P | undefined
  for (const point of points)
    if (
      Number.isFinite(point.threshold) &&
      (!best || Math.abs(point.threshold - at) < Math.abs(best.threshold - at))
    )
      best = point
  return best
}

function square(palette: Palette, x: string, y: string) {
  const axis = (side: 'x' | 'y', name: string) => ({
    ...valueAxis(palette, side),
    min: 0,
    max: 1,
    interval: 0.2,
    name,
    nameLocation: 'middle' as const,
    nameGap: side === 'x' ? 22 : 36,
    axisLabel: { color: palette.axis, fontSize: 11, formatter: (n: number) => `${Math.round(n * 100)}%` },
  })
  return { xAxis: axis('x', x), yAxis: axis('y', y) }
}

function marker(
  series: LineSeriesOption | undefined,
  palette: Palette,
  at: Point | undefined,
  threshold: number | undefined,
) {
  if (series && at && threshold !== undefined)
    series.markPoint = {
      silent: true,
      symbol: 'circle',
      symbolSize: 10,
      itemStyle: { color: palette.surface, borderColor: palette.accent, borderWidth: 2 },
      label: {
        show: true,
        position: 'right',
        formatter: `at ${figure(threshold)}`,
        color: palette.ink,
        fontSize: 11,
        fontWeight: 600,
        textBorderColor: palette.surface,
        textBorderWidth: 3,
      },
      data: [{ name: 'in use', coord: [at[0], at[1]] }],
    }
}

export interface RocData {
  points: readonly { fpr: number; tpr: number; threshold: number }[]
  auc?: number
  /** The curve of the version before. */
  previous?: readonly { fpr: number; tpr: number }[]
  /** The threshold in use. */
  at?: number
}

/** Receiver operating characteristic: found positives against false alarms, with the line of a coin. */
export function rocCurve(data: RocData, palette: Palette): Chart {
  const curves: Curve[] = [
    { name: 'This version', role: 'accent', points: data.points.map(p => [p.fpr, p.tpr] as const) },
  ]
  if (data.previous)
    curves.push({
      name: 'Previous',
      role: 'previous',
      points: data.previous.map(p => [p.fpr, p.tpr] as const),
    })
  const series = curves.map(curve => lineOf(curve, palette))
  const at = nearest(data.points, data.at)
  marker(series[0], palette, at && [at.fpr, at.tpr], at?.threshold)
  series.push({
    name: 'Chance',
    type: 'line',
    silent: true,
    showSymbol: false,
    lineStyle: { color: palette.lineStrong, width: 1, type: 'solid' },
    tooltip: { show: false },
    data: [
      [0, 0],
      [1, 1],
    ],
  })
  return {
    option: {
      ...frame(palette),
      ...square(palette, 'False positive rate', 'True positive rate'),
      grid: gridOf({ right: 16, top: 12 }),
      tooltip: {
        ...frame(palette).tooltip,
        trigger: 'axis',
        axisPointer: ruler(palette),
        formatter: (params: unknown) => {
          const hit = (params as { seriesIndex: number; dataIndex: number }[]).find(
            one => one.seriesIndex === 0,
          )
          const point = hit && data.points[hit.dataIndex]
          return point
            ? tipOf(`Threshold ${figure(point.threshold)}`, [
                ['True positive rate', percent(point.tpr)],
                ['False positive rate', percent(point.fpr)],
              ])
            : ''
        },
      },
      series: series.map(one => ({ ...one, sampling: undefined })),
    },
    legend: legendOf(curves, palette),
    table: {
      columns: [
        { label: 'Threshold', format: figure },
        { label: 'False positive rate', format: percent },
        { label: 'True positive rate', format: percent },
      ],
      rows: data.points.map(point => [point.threshold, point.fpr, point.tpr]),
    },
    ruler: data.points.map((_, index) => ({ series: 0, index })),
    text: `Receiver operating characteristic${data.auc === undefined ? '' : `, area ${fixed(data.auc, 3)}`}.`,
  }
}

export interface PrData {
  points: readonly { recall: number; precision: number; threshold: number }[]
  averagePrecision?: number
  /** The share of positives: what guessing gets. */
  baseline?: number
  at?: number
}

/** Precision against recall, with the threshold in use and the share of positives. */
export function prCurve(data: PrData, palette: Palette): Chart {
  const curve: Curve = {
    name: 'This version',
    role: 'accent',
    points: data.points.map(p => [p.recall, p.precision] as const),
  }
  const line = lineOf(curve, palette)
  const at = nearest(data.points, data.at)
  marker(line, palette, at && [at.recall, at.precision], at?.threshold)
  if (data.baseline !== undefined)
    line.markLine = {
      silent: true,
      symbol: 'none',
      lineStyle: { color: palette.lineStrong, type: 'solid', width: 1 },
      label: {
        formatter: `share of positives ${percent(data.baseline)}`,
        position: 'insideStartTop',
        color: palette.axis,
        fontSize: 11,
      },
      data: [{ yAxis: data.baseline }],
    }
  return {
    option: {
      ...frame(palette),
      ...square(palette, 'Recall', 'Precision'),
      grid: gridOf({ right: 16, top: 12 }),
      tooltip: {
        ...frame(palette).tooltip,
        trigger: 'axis',
        axisPointer: ruler(palette),
        formatter: (params: unknown) => {
          const point = data.points[(params as { dataIndex: number }[])[0]?.dataIndex ?? -1]
          return point
            ? tipOf(`Threshold ${figure(point.threshold)}`, [
                ['Precision', percent(point.precision)],
                ['Recall', percent(point.recall)],
              ])
            : ''
        },
      },
      series: [{ ...line, sampling: undefined }],
    },
    legend: legendOf([curve], palette),
    table: {
      columns: [
        { label: 'Threshold', format: figure },
        { label: 'Recall', format: percent },
        { label: 'Precision', format: percent },
      ],
      rows: data.points.map(point => [point.threshold, point.recall, point.precision]),
    },
    ruler: data.points.map((_, index) => ({ series: 0, index })),
    text: `Precision against recall${data.averagePrecision === undefined ? '' : `, average precision ${fixed(data.averagePrecision, 3)}`}.`,
  }
}

export interface ThresholdData {
  /** Measures from 0 to 1 over the threshold. At most three are told apart. */
  series: { name: string; points: readonly Point[] }[]
  at?: number
  limit?: Limit
}

const THRESHOLD_ROLES: Role[] = ['accent', 'eval', 'previous']

/** Precision, recall and the like over the threshold, with the threshold in use as an upright line. */
export function thresholdCurve(data: ThresholdData, palette: Palette): Chart {
  const curves = data.series.map(
    (one, index): Curve => ({ ...one, role: THRESHOLD_ROLES[index] ?? 'previous' }),
  )
  const series = curves.map(curve => lineOf(curve, palette))
  const [first, second] = series
  if (first && data.limit) Object.assign(first, limitMarks(palette, data.limit))
  const host = data.limit ? (second ?? first) : first
  if (host && data.at !== undefined)
    host.markLine = {
      silent: true,
      symbol: 'none',
      lineStyle: { color: palette.accent, type: 'solid', width: 1.5 },
      label: {
        formatter: `at ${figure(data.at)}`,
        position: 'end',
        rotate: 0,
        distance: 3,
        color: palette.ink,
        fontSize: 11,
        fontWeight: 600,
      },
      // a limit on the same line keeps its own mark
      data: [...(host.markLine?.data ?? []), { xAxis: data.at }],
    }
  return {
    option: {
      ...frame(palette),
      ...square(palette, 'Threshold', ''),
      grid: gridOf({ right: 16, top: 20 }),
      tooltip: axisTip(palette, x => `Threshold ${figure(x)}`, percent),
      series,
    },
    legend: legendOf(curves, palette),
    ...tableOf('Threshold', curves, percent),
    text: `${curves.map(curve => curve.name).join(', ')} over the threshold.`,
  }
}
