import type { EChartsOption, MarkAreaComponentOption, MarkLineComponentOption } from 'echarts'
import type { Palette } from './palette.ts'

/** A figure as the table and the CSV of a chart show it. */
export interface ChartColumn {
  label: string
  unit?: string | undefined
  format?: (value: number) => string
}

/** The same data as a table: every chart can be read without seeing it. */
export interface ChartTable {
  columns: ChartColumn[]
  rows: (string | number | null)[][]
}

/** One entry of the legend. Shape tells roles apart without color. */
export interface LegendEntry {
  label: string
  color: string
  shape: 'fill' | 'step' | 'solid' | 'dashed' | 'dotted'
}

/** A chart ready to draw, with all that belongs to it. */
export interface Chart {
  option: EChartsOption
  table: ChartTable
  legend: LegendEntry[]
  /** One sentence for screen readers. */
  text: string
  /** For each row of the table: where the ruler stands. */
  ruler: { series: number; index: number }[]
}

/** A line with the words of a limit, and which side of it fails. */
export interface Limit {
  value: number
  text: string
  fails?: 'below' | 'above'
}

/** Room around the plot; labels and names of axes stay inside it. */
export const gridOf = (room: { left?: number; right?: number; top?: number; bottom?: number } = {}) => ({
  left: 8,
  right: 14,
  top: 12,
  bottom: 4,
  ...room,
  outerBoundsMode: 'same' as const,
  outerBoundsContain: 'all' as const,
})

/** A tick of an axis, as short as it can be said: 25000 -> "25k", 1.5 -> "1.5", 0.05 -> "0.05". */
export function tick(n: number): string {
  const size = Math.abs(n)
  const [part, unit] =
    size >= 1e9 ? [n / 1e9, 'G'] : size >= 1e6 ? [n / 1e6, 'M'] : size >= 1e3 ? [n / 1e3, 'k'] : [n, '']
  if (size > 0 && size < 1e-4) return n.toExponential(0).replaceAll('-', '−')
  return `${Number(part.toPrecision(4))}${unit}`.replace('-', '−')
}

/** Ticks with the same decimals for figures that spread over a range. */
export function ticksFor(range: number): (n: number) => string {
  const digits = range > 0 ? Math.min(6, Math.max(0, Math.ceil(-Math.log10(range / 4)))) : 1
  return n => (Math.abs(n) >= 1000 || digits > 4 ? tick(n) : n.toFixed(digits).replace('-', '−'))
}

/** What all charts share: no easing, 11 px labels, a raised tip, room on all sides. */
export function frame(palette: Palette): EChartsOption {
  return {
    animation: false,
    textStyle: { fontFamily: palette.font, fontSize: 11, color: palette.axis },
    grid: gridOf(),
    aria: { enabled: true },
    tooltip: {
      backgroundColor: palette.raised,
      borderColor: palette.lineStrong,
      borderWidth: 1,
      padding: [4, 8],
      textStyle: { color: palette.ink, fontSize: 12, fontFamily: palette.font },
      confine: true,
      transitionDuration: 0,
      extraCssText: 'border-radius:5px;box-shadow:none;font-variant-numeric:tabular-nums',
    },
  }
}

/** An axis of figures. Only `y` axes draw the grid, in 3 to 5 lines. */
export function valueAxis(palette: Palette, side: 'x' | 'y') {
  return {
    type: 'value' as const,
    splitNumber: 4,
    axisLine: { show: side === 'x', lineStyle: { color: palette.lineStrong, width: 1 } },
    axisTick: { show: false },
    splitLine: { show: side === 'y', lineStyle: { color: palette.grid, width: 1 } },
    axisLabel: { color: palette.axis, fontSize: 11, hideOverlap: true },
    nameTextStyle: { color: palette.axis, fontSize: 11 },
  }
}

/** An axis of shares from 0% to 100%, with its name along it. */
export function shareAxis(palette: Palette, side: 'x' | 'y', name: string) {
  return {
    ...valueAxis(palette, side),
    min: 0,
    max: 1,
    interval: 0.2,
    name,
    nameLocation: 'middle' as const,
    nameGap: side === 'x' ? 22 : 36,
    axisLabel: { color: palette.axis, fontSize: 11, formatter: (n: number) => `${Math.round(n * 100)}%` },
  }
}

/** An axis of names. */
export function nameAxis(palette: Palette, names: string[]) {
  return {
    type: 'category' as const,
    data: names,
    axisLine: { show: true, lineStyle: { color: palette.lineStrong, width: 1 } },
    axisTick: { show: false },
    splitLine: { show: false },
    axisLabel: { color: palette.axis, fontSize: 11, hideOverlap: true },
  }
}

/** The ruler under the pointer. */
export const ruler = (palette: Palette) => ({
  type: 'line' as const,
  lineStyle: { color: palette.muted, width: 1, type: 'solid' as const },
  label: { show: false },
})

/** The ground under the bar that the pointer is on. */
export const band = (palette: Palette) => ({
  type: 'shadow' as const,
  shadowStyle: { color: palette.sunken, opacity: 0.5 },
  label: { show: false },
})

/** Keeps a marked line where its value is: the library else rounds it to two digits, which draws 0.034 at 0.03. */
export const UNROUNDED = -1

/** A red dashed line with its words, and a soft ground on the side that fails. */
export function limitMarks(
  palette: Palette,
  limit: Limit,
): { markLine: MarkLineComponentOption; markArea?: MarkAreaComponentOption } {
  return {
    markLine: {
      silent: true,
      precision: UNROUNDED,
      symbol: 'none',
      lineStyle: { color: palette.bad, type: [5, 3], width: 1.5 },
      label: {
        formatter: limit.text,
        color: palette.bad,
        fontSize: 11,
        position: limit.fails === 'above' ? ('insideEndTop' as const) : ('insideEndBottom' as const),
      },
      data: [{ yAxis: limit.value }],
    },
    ...(limit.fails && {
      markArea: {
        silent: true,
        itemStyle: { color: palette.badSoft },
        // an edge left out reaches to the end of the axis
        data: [limit.fails === 'below' ? [{}, { yAxis: limit.value }] : [{ yAxis: limit.value }, {}]],
      },
    }),
  }
}

/** The rows of a table as the lines of a tip. Names come from data, so they are escaped. */
export function tipOf(head: string, lines: [string, string][]): string {
  const rows = lines.map(
    ([name, value]) =>
      `<div style="display:flex;justify-content:space-between;gap:16px"><span>${escapeHtml(name)}</span><b style="font-weight:600">${escapeHtml(value)}</b></div>`,
  )
  return `<div>${escapeHtml(head)}</div>${rows.join('')}`
}

/** Data never becomes markup. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, letter => `&#${letter.charCodeAt(0)};`)
