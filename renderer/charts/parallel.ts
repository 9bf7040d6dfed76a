import { figure, NONE } from '../ui/index.ts'
import { type Chart, frame, tick, tipOf } from './chart.ts'
import { mix } from './color.ts'
import type { Palette } from './palette.ts'

export type ParallelValue = number | string | null

/** One axis: figures stand by their size, all else by name. */
export interface ParallelAxis {
  label: string
  kind: 'value' | 'log' | 'name'
  /** Of kind `name`: from the bottom up. */
  names: string[]
}

export interface ParallelData {
  label: string
  axes: readonly ParallelAxis[]
  /** A value for each axis. The last axis gives the color. */
  lines: readonly { name: string; values: readonly ParallelValue[] }[]
}

/** What is marked on each axis by its place: stretches of values, or of the places of names. */
export type Brushes = ReadonlyMap<number, readonly (readonly [number, number])[]>

/** Figures of which the most is so many times the least stand on a logarithmic axis. */
const TIMES = 30

/** The axis for some values: figures by their size, over a wide range by their logarithm, all else by name. */
export function parallelAxis(label: string, values: readonly ParallelValue[]): ParallelAxis {
  const there = values.filter(value => value !== null)
  const figures = there.filter(value => typeof value === 'number')
  if (figures.length > 0 && figures.length === there.length) {
    const [least, most] = [Math.min(...figures), Math.max(...figures)]
    return { label, kind: least > 0 && most / least >= TIMES ? 'log' : 'value', names: [] }
  }
  const texts = [...new Set(values.map(value => (value === null ? NONE : String(value))))]
  const isNumber = (text: string) => text.trim() !== '' && Number.isFinite(Number(text))
  return {
    label,
    kind: 'name',
    names: texts.sort((a, b) => (isNumber(a) && isNumber(b) ? Number(a) - Number(b) : a < b ? -1 : 1)),
  }
}

const placeOf = (axis: ParallelAxis, value: ParallelValue): number =>
  axis.kind === 'name'
    ? axis.names.indexOf(value === null ? NONE : String(value))
    : value === null
      ? Number.NaN
      : Number(value)

/** The lines that go through every mark, by their index. */
export function through({ axes, lines }: Pick<ParallelData, 'axes' | 'lines'>, brushes: Brushes): number[] {
  const all = [...brushes].filter(([, stretches]) => stretches.length > 0)
  return lines.flatMap(({ values }, index) =>
    all.every(([at, stretches]) => {
      const axis = axes[at]
      const place = axis ? placeOf(axis, values[at] ?? null) : Number.NaN
      return stretches.some(([low, high]) => place >= Math.min(low, high) && place <= Math.max(low, high))
    })
      ? [index]
      : [],
  )
}

/** The id of an axis in what the chart tells of marks. */
export const axisId = (at: number): string => `axis-${at}`

/** Runs as lines over parallel axes, one for each setting and figure; a stretch marked on an axis keeps what goes through. */
export function parallelLines(data: ParallelData, palette: Palette): Chart | null {
  const { axes, lines } = data
  if (axes.length < 2 || lines.length === 0) return null
  const last = axes.length - 1
  const places = lines.map(({ values }) => values[last]).filter(value => typeof value === 'number')
  const [least, most] = [Math.min(...places), Math.max(...places)]
  const share = (value: ParallelValue | undefined) =>
    typeof value === 'number' && most > least ? (value - least) / (most - least) : 0.5
  const words = (value: ParallelValue) =>
    value === null ? NONE : typeof value === 'number' ? figure(value) : value
  return {
    option: {
      ...frame(palette),
      tooltip: {
        ...frame(palette).tooltip,
        trigger: 'item',
        formatter: (params: unknown) => {
          const line = lines[(params as { dataIndex: number }).dataIndex]
          return line
            ? tipOf(
                line.name,
                axes.map((axis, at) => [axis.label, words(line.values[at] ?? null)]),
              )
            : ''
        },
      },
      parallel: { left: 44, right: 56, top: 34, bottom: 14, axisExpandable: false },
      parallelAxis: axes.map((axis, at) => ({
        id: axisId(at),
        dim: at,
        name: axis.label,
        nameLocation: 'end' as const,
        nameGap: 12,
        nameTruncate: { maxWidth: 110 },
        nameTextStyle: { color: palette.ink2, fontSize: 11 },
        type: axis.kind === 'name' ? ('category' as const) : axis.kind,
        ...(axis.kind === 'name' ? { data: axis.names } : { scale: true }),
        splitNumber: 4,
        axisLine: { lineStyle: { color: palette.lineStrong, width: 1 } },
        axisTick: { show: false },
        axisLabel: {
          color: palette.axis,
          fontSize: 11,
          hideOverlap: true,
          formatter: (value: string | number) =>
            typeof value === 'number' ? tick(value) : value.length > 14 ? `${value.slice(0, 13)}…` : value,
        },
        areaSelectStyle: {
          width: 16,
          borderWidth: 1,
          borderColor: palette.accent,
          color: palette.accent,
          opacity: 0.25,
        },
      })),
      series: [
        {
          type: 'parallel' as const,
          inactiveOpacity: 0.08,
          activeOpacity: 1,
          smooth: false,
          lineStyle: { width: 1.5, opacity: 0.85 },
          emphasis: { lineStyle: { width: 3 } },
          data: lines.map(line => ({
            name: line.name,
            value: axes.map((axis, at) => {
              const value = line.values[at] ?? null
              return axis.kind === 'name' ? (value === null ? NONE : String(value)) : (value ?? Number.NaN)
            }) as never,
            lineStyle: { color: mix(palette.previous, palette.accent, share(line.values[last])) },
          })),
        },
      ],
    },
    legend: [],
    table: {
      columns: [{ label: 'Run' }, ...axes.map(axis => ({ label: axis.label, format: figure }))],
      rows: lines.map(line => [line.name, ...line.values]),
    },
    ruler: lines.map((_, index) => ({ series: 0, index })),
    text: `${data.label}: ${lines.length} runs over ${axes.map(axis => axis.label).join(', ')}.`,
  }
}
