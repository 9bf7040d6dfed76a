import type { LineSeriesOption } from 'echarts'
import { count, duration, figure, fixed, moment, percent, time } from '../ui/index.ts'
import { type Chart, frame, gridOf, ruler, tick, ticksFor, tipOf, UNROUNDED, valueAxis } from './chart.ts'
import { mix } from './color.ts'
import { DASH, type Role, SHAPE } from './curves.ts'
import type { Palette } from './palette.ts'
import { smoothed } from './smooth.ts'
import { isWhole, type Span } from './span.ts'

/** A curve of a run: as many x as y, in order of x; null is no number. */
export interface RunLine {
  name: string
  /** What stands at the end of the line. */
  short?: string | undefined
  role: Role
  x: readonly number[]
  y: readonly (number | null)[]
}

/** What a curve goes over: steps, seconds since the run began, or seconds since 1970. */
export type RunAxis = 'step' | 'seconds' | 'wall'

export interface RunCurvesData {
  label: string
  axis: RunAxis
  lines: readonly RunLine[]
  /** Weight of what came before, from 0 to below 1. The raw line stays behind, faint. */
  smoothing: number
  log: boolean
  view: Span
  whole: Span
  format?: 'number' | 'percent' | undefined
  /** The point that is kept, with its words. */
  best?: { x: number; y: number; text: string } | undefined
}

/** How much of its color a raw line keeps behind its smoothed one. */
const FAINT = 0.3
/** Lines of one chart after which names at their ends would stand on each other. */
const MOST_NAMES = 6

/** Share of the view in which a name at the end of a line goes to its right. */
const NEAR = 0.15

/** Where an axis begins and ends, and how far its lines stand apart, so that each is a round figure. */
export function roundAxis(low: number, high: number): { min: number; max: number; interval: number } {
  const range = high - low || Math.abs(high) || 1
  const rough = range / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const interval = power * ([1, 2, 5, 10].find(step => power * step >= rough) ?? 10)
  // a curve that comes near 0 has its axis begin there
  const from = low >= 0 && low < range ? 0 : low - (high > low ? 0 : range / 2)
  return {
    min: Math.floor(from / interval + 1e-9) * interval,
    max: Math.ceil((high > low ? high : high + range / 2) / interval - 1e-9) * interval,
    interval,
  }
}

/** The least and the most of what is in view; null where nothing is. */
function extentOf({ lines, view, log }: RunCurvesData): [number, number] | null {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const { x, y } of lines)
    for (let i = 0; i < x.length; i++) {
      const at = x[i] as number
      const value = y[i]
      if (at < view[0] || at > view[1] || value === null || value === undefined || (log && value <= 0))
        continue
      if (value < low) low = value
      if (value > high) high = value
    }
  return low <= high ? [low, high] : null
}

const AXIS_WORD: Record<RunAxis, string> = { step: 'Step', seconds: 'Time since the start', wall: 'Time' }

/** Words of a place on the axis: short under the axis, whole in the tip. */
function axisWords(
  axis: RunAxis,
  width: number,
): { short: (x: number) => string; whole: (x: number) => string } {
  if (axis === 'step')
    return { short: x => (x === Math.round(x) ? tick(x) : ''), whole: x => `Step ${figure(x)}` }
  if (axis === 'seconds')
    return { short: x => (x === 0 ? '0 s' : duration(x * 1000)), whole: x => duration(x * 1000) }
  const day = 86_400
  return {
    short: x => (width > 2 * day ? moment(x * 1000).replace(/, .*/, '') : time(x * 1000, width < 600)),
    whole: x => `${moment(x * 1000)}${width < 600 ? ` (${time(x * 1000, true)})` : ''}`,
  }
}

/**
 * Curves of runs over each other: train solid, eval dashed, other runs dotted with their name at the end. Where they are
 * smoothed, the raw line stays behind, faint. Of a curve that is closer than all of it only the stretch in view counts
 * for the y axis. The table holds the raw values.
 */
export function runCurves(data: RunCurvesData, palette: Palette): Chart | null {
  const { lines, axis, view, whole, log, smoothing } = data
  if (!lines.some(line => line.x.length > 0)) return null
  const extent = extentOf(data)
  const asPercent = data.format === 'percent'
  const [low, high] = extent ?? [0, 1]
  const round = log
    ? { min: 10 ** Math.floor(Math.log10(low)), max: 10 ** Math.ceil(Math.log10(high) + 1e-9) }
    : roundAxis(low, high)
  const words = (n: number) =>
    asPercent ? percent(n) : Math.abs(n) >= 100 || (n !== 0 && Math.abs(n) < 0.001) ? figure(n) : fixed(n, 4)
  const ticks = ticksFor((round.max - round.min) * (asPercent ? 100 : 1))
  const place = axisWords(axis, view[1] - view[0])
  const isNamed = lines.filter(line => line.short !== undefined).length <= MOST_NAMES
  const drawn = (y: readonly (number | null)[], x: readonly number[]) =>
    x.map((at, i): [number, number | null] => {
      const value = y[i] ?? null
      return [at, value !== null && log && value <= 0 ? null : value]
    })
  const series: LineSeriesOption[] = []
  const shown: number[] = []
  for (const line of lines) {
    const color = palette[line.role]
    const base: LineSeriesOption = {
      name: line.name,
      type: 'line',
      connectNulls: false,
      symbolSize: 5,
      showSymbol: line.x.length === 1,
      itemStyle: { color },
      emphasis: { disabled: true },
      clip: true,
    }
    if (smoothing > 0 && line.x.length > 1)
      series.push({
        ...base,
        silent: true,
        tooltip: { show: false },
        lineStyle: { color: mix(palette.surface, color, FAINT), width: 1 },
        data: drawn(line.y, line.x),
        z: 1,
      })
    shown.push(series.length)
    const y = smoothed(line.y, smoothing)
    const points = drawn(y, line.x)
    const end = points.findLast(([at, value]) => value !== null && at <= view[1])
    series.push({
      ...base,
      lineStyle: { color, width: 1.75, type: DASH[line.role] },
      data: points,
      z: line.role === 'previous' ? 2 : 3,
      ...(line.short !== undefined &&
        isNamed &&
        end && {
          markPoint: {
            silent: true,
            symbolSize: 0,
            label: {
              show: true,
              position: 'top' as const,
              // near the axis it would stand on the figures there
              align: end[0] - view[0] < (view[1] - view[0]) * NEAR ? ('left' as const) : ('right' as const),
              formatter: line.short,
              color: palette.axis,
              fontSize: 11,
              textBorderColor: palette.surface,
              textBorderWidth: 3,
            },
            data: [{ name: line.short, coord: end as [number, number] }],
          },
        }),
    })
  }
  const host = series[shown[lines.findIndex(line => line.role === 'eval')] ?? shown[0] ?? 0]
  const best = data.best
  if (host && best && best.x >= view[0] && best.x <= view[1])
    host.markLine = {
      silent: true,
      precision: UNROUNDED,
      symbol: 'none',
      lineStyle: { color: palette.muted, type: [2, 3], width: 1 },
      label: {
        formatter: best.text,
        position: 'insideEndTop',
        rotate: 0,
        color: palette.ink2,
        fontSize: 11,
        align: best.x - view[0] > (view[1] - view[0]) / 2 ? 'right' : 'left',
        distance: [4, 2],
        textBorderColor: palette.surface,
        textBorderWidth: 3,
      },
      data: [{ xAxis: best.x }],
    }
  const all = isWhole(view, whole)
  let made: Pick<Chart, 'table' | 'ruler'> | undefined
  const table = () => (made ??= tableOf(data, shown, words, place.whole))
  return {
    option: {
      ...frame(palette),
      grid: gridOf({ right: 16, top: 18 }),
      xAxis: {
        ...valueAxis(palette, 'x'),
        min: view[0],
        max: view[1] > view[0] ? view[1] : view[0] + 1,
        ...(axis === 'step' && { minInterval: 1 }),
        splitNumber: axis === 'step' ? 6 : 4,
        axisLabel: {
          color: palette.axis,
          fontSize: 11,
          hideOverlap: true,
          showMinLabel: all,
          showMaxLabel: all,
          alignMaxLabel: 'right',
          alignMinLabel: 'left',
          // the unit stands once, at the end of the axis
          formatter: (x: number) =>
            all && axis === 'step' && x === view[1] && view[1] > view[0]
              ? `${count(x)} steps`
              : place.short(x),
        },
      },
      yAxis: {
        ...valueAxis(palette, 'y'),
        ...round,
        type: log ? ('log' as const) : ('value' as const),
        axisLabel: {
          color: palette.axis,
          fontSize: 11,
          showMinLabel: true,
          formatter: (n: number) => (asPercent ? `${ticks(n * 100)}%` : log ? tick(n) : ticks(n)),
        },
      },
      tooltip: {
        ...frame(palette).tooltip,
        trigger: 'axis',
        axisPointer: ruler(palette),
        formatter: (params: unknown) => {
          const under = (
            params as { seriesIndex: number; seriesName?: string; value: [number, number | null] }[]
          ).filter(one => shown.includes(one.seriesIndex))
          const x = under[0]?.value[0]
          return x === undefined
            ? ''
            : tipOf(
                place.whole(x),
                under.map(one => [
                  one.seriesName ?? '',
                  one.value[1] === null ? 'not a number' : words(one.value[1]),
                ]),
              )
        },
      },
      series,
    },
    legend: lines
      .filter(line => line.role !== 'previous' || !isNamed)
      .slice(0, MOST_NAMES)
      .map(line => ({ label: line.name, color: palette[line.role], shape: SHAPE[line.role] })),
    text: `${data.label}: ${lines
      .map(({ name, y }) => {
        const end = y.findLast(value => value !== null)
        return end === undefined || end === null ? `${name} has no figures` : `${name} ends at ${words(end)}`
      })
      .join(', ')}.`,
    get table() {
      return table().table
    },
    get ruler() {
      return table().ruler
    },
  }
}

/* One row for every x that any line has. Made when it is asked for: a pan draws many times a second. */
function tableOf(
  { axis, lines }: RunCurvesData,
  shown: readonly number[],
  words: (n: number) => string,
  place: (x: number) => string,
): Pick<Chart, 'table' | 'ruler'> {
  const xs = [...new Set(lines.flatMap(line => [...line.x]))].sort((a, b) => a - b)
  const at = lines.map(line => new Map(line.x.map((x, index) => [x, index])))
  return {
    table: {
      columns: [
        { label: AXIS_WORD[axis], format: axis === 'step' ? figure : place },
        ...lines.map(line => ({ label: line.name, format: words })),
      ],
      rows: xs.map(x => [x, ...lines.map((line, i) => line.y[at[i]?.get(x) ?? -1] ?? null)]),
    },
    ruler: xs.map(x => {
      const line = at.findIndex(places => places.has(x))
      return { series: shown[line] ?? 0, index: at[line]?.get(x) ?? 0 }
    }),
  }
}
