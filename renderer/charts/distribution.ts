import type {
  CustomSeriesRenderItemAPI,
  CustomSeriesRenderItemParams,
  EChartsOption,
  SeriesOption,
} from 'echarts'
import { count, figure, percent } from '../ui/format.ts'
import { band, type Chart, frame, nameAxis, tick, tipOf, valueAxis } from './chart.ts'
import type { Palette } from './palette.ts'
import { SIDE_LOOKS, type SideRole, sideLegend } from './sides.ts'

/** One set of rows of a feature: what stands in each bin or of each value; null where it is not known. */
export interface DistributionSide {
  label: string
  role: SideRole
  values: readonly (number | null)[]
}

export interface DistributionData {
  label: string
  /** What each place is: `17 to 41`, `Private`. */
  names: readonly string[]
  sides: readonly DistributionSide[]
  /** `share`: the values are shares of the rows from 0 to 1. */
  as: 'share' | 'count'
  log?: boolean
  /** Bounds of the bins: the axis is one of values. Without, each place is as wide as the others. */
  edges?: readonly number[] | undefined
  /** Values lie side by side on a line of names instead of on an axis. */
  bars?: boolean
  format?: ((value: number) => string) | undefined
}

type Step = [x: number, height: number]

/**
 * The distribution of a feature over several sets of rows: the first as bars, the others as outlines, in the same
 * bins. Text (`bars`) stands as groups of lying bars, the most frequent value at the top.
 */
export function distribution(data: DistributionData, palette: Palette): Chart {
  const words = data.as === 'share' ? (n: number) => percent(n, n > 0 && n < 0.1 ? 2 : 1) : wordsOfCount
  const tip = (at: number) =>
    tipOf(
      data.names[at] ?? '',
      data.sides.map(({ label, values }) => {
        const n = values[at] ?? null
        return [label, n === null ? 'not listed' : words(n)]
      }),
    )
  return {
    option: data.bars ? lying(data, palette, tip) : standing(data, palette, tip),
    legend: data.sides.map(({ label, role }, at) => sideLegend(label, role, at === 0, palette)),
    table: {
      columns: [
        { label: data.bars ? 'Value' : 'Bin' },
        ...data.sides.map(({ label }) => ({
          label,
          ...(data.as === 'count' ? { unit: 'rows' } : {}),
          format: words,
        })),
      ],
      rows: data.names.map((name, at) => [name, ...data.sides.map(({ values }) => values[at] ?? null)]),
    },
    ruler: data.names.map((_, index) => ({ series: 0, index })),
    text: data.bars
      ? `The ${data.names.length} most frequent values of ${data.label}.`
      : `Histogram of ${data.label} in ${data.names.length} bins, ${data.sides.map(side => side.label).join(', ')}.`,
  }
}

const tickOf = (as: DistributionData['as']) => (n: number) =>
  as === 'share' ? `${Number((n * 100).toPrecision(3))}%` : tick(n)

/* Rows are whole; sums of weights need not be. */
const leastOf = (values: readonly number[], as: DistributionData['as']) =>
  as === 'count' && values.every(Number.isInteger) ? { minInterval: 1 } : {}

const wordsOfCount = (n: number): string => (Number.isInteger(n) ? count(n) : figure(n))

function standing(data: DistributionData, palette: Palette, tip: (at: number) => string): EChartsOption {
  const edges = data.edges ?? Array.from({ length: data.names.length + 1 }, (_, at) => at)
  const known = data.sides.flatMap(({ values }) => values.filter((n): n is number => !!n && n > 0))
  const most = Math.max(...known, data.as === 'share' ? 0.01 : 1)
  // half of the least: where the smallest bar still has a height on a logarithmic axis
  const least = leastOf(known, data.as)
  const floor = data.log ? Math.min(...known, most) / 2 : 0
  const height = (n: number | null | undefined) => Math.max(floor, n ?? floor)
  const first = data.sides[0]
  const bars: SeriesOption = {
    name: first?.label ?? '',
    type: 'custom',
    encode: { x: [0, 1], y: 2 },
    data: data.names.map((_, at) => [edges[at] ?? 0, edges[at + 1] ?? 0, height(first?.values[at])]),
    renderItem(_: CustomSeriesRenderItemParams, api: CustomSeriesRenderItemAPI) {
      const [left = 0, top = 0] = api.coord([api.value(0), api.value(2)])
      const [right = 0, bottom = 0] = api.coord([api.value(1), floor])
      const gap = right - left > 3 ? 1 : 0
      const width = Math.max(1, right - left - gap)
      const [, ceiling = 0] = api.coord([api.value(0), most * (data.log ? 1.3 : 1)])
      return {
        type: 'group',
        children: [
          // the whole height can be pressed, or a small bar could not be hit
          {
            type: 'rect',
            shape: { x: left, y: ceiling, width, height: Math.max(0, bottom - ceiling) },
            style: { fill: 'transparent' },
          },
          {
            type: 'rect',
            shape: { x: left, y: top, width, height: Math.max(0, bottom - top) },
            style: { fill: first ? palette[SIDE_LOOKS[first.role].color] : palette.trainFill },
          },
        ],
      }
    },
  }
  const outlines = data.sides.slice(1).map(({ label, role, values }): SeriesOption => {
    const { color, dash } = SIDE_LOOKS[role]
    const points: Step[] = data.names.map((_, at) => [edges[at] ?? 0, height(values[at])])
    const last = edges.at(-1) ?? 0
    return {
      name: label,
      type: 'line',
      step: 'end',
      showSymbol: false,
      silent: true,
      lineStyle: { color: palette[color], width: 1.5, type: dash.length ? dash : 'solid' },
      itemStyle: { color: palette[color] },
      data: [[edges[0] ?? 0, floor], ...points, [last, points.at(-1)?.[1] ?? floor], [last, floor]],
      z: 3,
    }
  })
  const isPlaces = !data.edges
  return {
    ...frame(palette),
    xAxis: {
      ...valueAxis(palette, 'x'),
      min: edges[0] ?? 0,
      max: edges.at(-1) ?? 1,
      ...(isPlaces ? { interval: 1 } : {}),
      axisLabel: {
        color: palette.axis,
        fontSize: 11,
        hideOverlap: true,
        formatter: isPlaces ? (at: number) => data.names[at]?.split(' to ')[0] ?? '' : (data.format ?? tick),
      },
    },
    yAxis: {
      ...valueAxis(palette, 'y'),
      ...(data.log
        ? { type: 'log' as const, min: floor, max: most * 1.3 }
        : { min: 0, max: undefined, ...least }),
      axisLabel: {
        color: palette.axis,
        fontSize: 11,
        showMaxLabel: !data.log,
        showMinLabel: !data.log,
        formatter: tickOf(data.as),
      },
    },
    tooltip: {
      ...frame(palette).tooltip,
      trigger: 'item',
      formatter: (params: unknown) => tip((params as { dataIndex: number }).dataIndex),
    },
    series: [bars, ...outlines],
  }
}

function lying(data: DistributionData, palette: Palette, tip: (at: number) => string): EChartsOption {
  const known = data.sides.flatMap(({ values }) => values.filter((n): n is number => !!n && n > 0))
  return {
    ...frame(palette),
    xAxis: {
      ...valueAxis(palette, 'y'),
      ...(data.log && known.length
        ? { type: 'log' as const, min: Math.min(...known) / 2 }
        : { min: 0, ...leastOf(known, data.as) }),
      axisLabel: { color: palette.axis, fontSize: 11, hideOverlap: true, formatter: tickOf(data.as) },
    },
    yAxis: {
      ...nameAxis(palette, [...data.names]),
      inverse: true,
      triggerEvent: true,
      axisLabel: { color: palette.ink2, fontSize: 11, width: 120, overflow: 'truncate' },
    },
    tooltip: {
      ...frame(palette).tooltip,
      trigger: 'axis',
      axisPointer: band(palette),
      formatter: (params: unknown) => tip((params as { dataIndex: number }[])[0]?.dataIndex ?? -1),
    },
    series: data.sides.map(({ label, role, values }, at): SeriesOption => {
      const color = palette[SIDE_LOOKS[role].color]
      const { dash } = SIDE_LOOKS[role]
      return {
        name: label,
        type: 'bar',
        barMaxWidth: 14,
        barGap: '20%',
        itemStyle:
          at === 0
            ? { color }
            : {
                color: palette.surface,
                borderColor: color,
                borderWidth: 1.5,
                borderType: dash.length ? dash : 'solid',
              },
        data: values.map(n => n ?? null),
      }
    }),
  }
}
