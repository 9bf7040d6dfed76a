import type { LineSeriesOption } from 'echarts'
import { figure, fixed, percent } from '../ui/index.ts'
import { type Chart, frame, gridOf, ruler, shareAxis, tipOf, UNROUNDED } from './chart.ts'
import { type Curve, legendOf, lineOf, type Point } from './curves.ts'
import type { Palette } from './palette.ts'

/* What differs between the two curves that a threshold walks along. */
interface Walk<P extends { threshold: number }> {
  points: readonly P[]
  /** The threshold in use. */
  at: number | undefined
  x: { title: string; of: (point: P) => number }
  y: { title: string; of: (point: P) => number }
  curves: Curve[]
  /** Where the words of the marked point meet no line: a steep curve is free to the right, a flat one below. */
  side: 'right' | 'bottom'
  text: string
}

/* The point that holds at the threshold in use: between two points the counts are those of the higher one. */
function holdsAt<P extends { threshold: number }>(
  points: readonly P[],
  at: number | undefined,
): P | undefined {
  if (at === undefined) return undefined
  let found: P | undefined
  for (const point of points)
    if (point.threshold >= at && (!found || point.threshold < found.threshold)) found = point
  return found
}

/* A curve of shares in a square of shares, with the threshold in use marked; every point is kept, none thinned. */
function walk<P extends { threshold: number }>(
  { points, at, x, y, curves, side, text }: Walk<P>,
  palette: Palette,
): { chart: Chart; series: LineSeriesOption[] } {
  const series = curves.map((curve): LineSeriesOption => {
    const { sampling, ...line } = lineOf(curve, palette)
    return line
  })
  const used = holdsAt(points, at)
  if (series[0] && used)
    series[0].markPoint = {
      silent: true,
      symbol: 'circle',
      symbolSize: 10,
      itemStyle: { color: palette.surface, borderColor: palette.accent, borderWidth: 2 },
      label: {
        show: true,
        position: side,
        align: side === 'bottom' && x.of(used) > 0.9 ? 'right' : side === 'bottom' ? 'center' : 'left',
        distance: 8,
        formatter: `at ${figure(at)}`,
        color: palette.ink,
        fontSize: 11,
        fontWeight: 600,
        textBorderColor: palette.surface,
        textBorderWidth: 3,
      },
      data: [{ name: 'in use', coord: [x.of(used), y.of(used)] }],
    }
  const chart: Chart = {
    option: {
      ...frame(palette),
      xAxis: shareAxis(palette, 'x', x.title),
      yAxis: shareAxis(palette, 'y', y.title),
      grid: gridOf({ right: 16, top: 12 }),
      tooltip: {
        ...frame(palette).tooltip,
        trigger: 'axis',
        axisPointer: ruler(palette),
        formatter: (params: unknown) => {
          const hit = (params as { seriesIndex?: number; dataIndex: number }[]).find(
            one => (one.seriesIndex ?? 0) === 0,
          )
          const point = hit && points[hit.dataIndex]
          return point
            ? tipOf(`Threshold ${figure(point.threshold)}`, [
                [y.title, percent(y.of(point))],
                [x.title, percent(x.of(point))],
              ])
            : ''
        },
      },
      series,
    },
    legend: legendOf(curves, palette),
    table: {
      columns: [
        { label: 'Threshold', format: figure },
        { label: x.title, format: percent },
        { label: y.title, format: percent },
      ],
      rows: points.map(point => [point.threshold, x.of(point), y.of(point)]),
    },
    ruler: points.map((_, index) => ({ series: 0, index })),
    text,
  }
  return { chart, series }
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
  const pointOf = (p: { fpr: number; tpr: number }): Point => [p.fpr, p.tpr]
  const { chart, series } = walk(
    {
      points: data.points,
      at: data.at,
      x: { title: 'False positive rate', of: point => point.fpr },
      y: { title: 'True positive rate', of: point => point.tpr },
      curves: [
        { name: 'This version', role: 'accent', points: data.points.map(pointOf) },
        ...(data.previous
          ? [{ name: 'Previous', role: 'previous' as const, points: data.previous.map(pointOf) }]
          : []),
      ],
      side: 'right',
      text: `Receiver operating characteristic${data.auc === undefined ? '' : `, area ${fixed(data.auc, 3)}`}.`,
    },
    palette,
  )
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
  return chart
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
  const { chart, series } = walk(
    {
      points: data.points,
      at: data.at,
      x: { title: 'Recall', of: point => point.recall },
      y: { title: 'Precision', of: point => point.precision },
      curves: [
        { name: 'This version', role: 'accent', points: data.points.map(p => [p.recall, p.precision]) },
      ],
      side: 'bottom',
      text: `Precision against recall${data.averagePrecision === undefined ? '' : `, average precision ${fixed(data.averagePrecision, 3)}`}.`,
    },
    palette,
  )
  if (series[0] && data.baseline !== undefined)
    series[0].markLine = {
      silent: true,
      precision: UNROUNDED,
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
  return chart
}
