import type { LineSeriesOption } from 'echarts'
import type { LegendEntry } from './chart.ts'
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
