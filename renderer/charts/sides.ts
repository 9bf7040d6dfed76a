import type { LegendEntry } from './chart.ts'
import type { Palette } from './palette.ts'

/**
 * What a set of rows is in a chart that lays several over each other. A color keeps its role: train is blue, eval
 * orange, what was before gray. Slices have no role of their own, so that they are told apart by color and dashes.
 */
export type SideRole =
  | 'train'
  | 'eval'
  | 'test'
  | 'whole'
  | 'current'
  | 'other'
  | 'slice-1'
  | 'slice-2'
  | 'slice-3'
  | 'slice-4'
  | 'slice-5'

export interface SideLook {
  /** A color of the palette, for charts that are drawn by the library. */
  color: keyof Palette
  /** Classes of the same color, for plain SVG. */
  stroke: string
  fill: string
  dash: number[]
}

export const SIDE_LOOKS: Readonly<Record<SideRole, SideLook>> = {
  train: { color: 'trainFill', stroke: 'stroke-train', fill: 'fill-train-fill', dash: [] },
  eval: { color: 'eval', stroke: 'stroke-eval', fill: 'fill-eval-fill', dash: [] },
  test: { color: 'test', stroke: 'stroke-op-dense', fill: 'fill-op-dense', dash: [7, 3] },
  whole: { color: 'previousFill', stroke: 'stroke-previous', fill: 'fill-previous-fill', dash: [] },
  current: { color: 'accent', stroke: 'stroke-accent', fill: 'fill-accent', dash: [] },
  other: { color: 'previous', stroke: 'stroke-previous', fill: 'fill-previous-fill', dash: [2, 3] },
  'slice-1': { color: 'test', stroke: 'stroke-op-dense', fill: 'fill-op-dense', dash: [] },
  'slice-2': { color: 'ink', stroke: 'stroke-ink', fill: 'fill-ink', dash: [] },
  'slice-3': { color: 'info', stroke: 'stroke-info', fill: 'fill-info', dash: [5, 2] },
  'slice-4': { color: 'test', stroke: 'stroke-op-dense', fill: 'fill-op-dense', dash: [7, 3] },
  'slice-5': { color: 'ink', stroke: 'stroke-ink', fill: 'fill-ink', dash: [2, 3] },
}

/** The first side of a chart is filled, the others are outlines over it. */
export function sideLegend(label: string, role: SideRole, isFirst: boolean, palette: Palette): LegendEntry {
  const { color, dash } = SIDE_LOOKS[role]
  return {
    label,
    color: palette[color],
    shape: isFirst ? 'fill' : !dash.length ? 'step' : (dash[0] ?? 0) < 4 ? 'dotted' : 'dashed',
  }
}
