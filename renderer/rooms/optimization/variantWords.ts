import type { Variant, VariantKind } from '#contract'
import { fixed, NONE } from '../../ui/format.ts'
import { metricChange, metricKeys, metricTrend } from '../evaluation/index.ts'

/** How a variant is called, drawn and explained. The mark is the same in tables and charts. */
export interface VariantWord {
  kind: VariantKind
  title: string
  mark: 'circle' | 'diamond' | 'dashed'
  about: string
}

const WORDS: Record<VariantKind, VariantWord> = {
  layers: {
    kind: 'layers',
    title: 'layers',
    mark: 'dashed',
    about: 'As trained: TensorFlow.js layers, 32-bit',
  },
  float32: { kind: 'float32', title: 'float32', mark: 'circle', about: 'Frozen GraphDef, 32-bit constants' },
  'dynamic-range': {
    kind: 'dynamic-range',
    title: 'dynamic-range',
    mark: 'diamond',
    about: 'Frozen GraphDef, 8-bit weights',
  },
}

export const variantWord = (kind: VariantKind): VariantWord => WORDS[kind]

/** How much smaller than the reference, "3.6×"; "1.0×" is the reference itself. */
export const ratioText = (bytes: number, reference: number | null): string =>
  reference && bytes ? `${fixed(reference / bytes, 1)}×` : NONE

/** "[?, 24]": the first axis is the batch where it is -1. */
export const shapeText = (shape: readonly number[]): string =>
  `[${shape.map(size => (size < 0 ? '?' : String(size))).join(', ')}]`

/** One figure before and after, with how it moved. */
export interface FigureChange {
  key: string
  before: number
  after: number
  change: string
  trend: -1 | 0 | 1
}

/** The figures that were measured on the same rows before and after. */
export function figureChanges(compared: Variant['compared']): FigureChange[] {
  if (!compared) return []
  return metricKeys(compared.before).flatMap(key => {
    const before = compared.before[key]
    const after = compared.after[key]
    if (before === undefined || after === undefined) return []
    return [
      {
        key,
        before,
        after,
        change: metricChange(key, before, after),
        trend: metricTrend(key, before, after),
      },
    ]
  })
}

/** The newest variant of each kind, in the order they are made: float32, then dynamic-range. */
export function newestOfKind(variants: Variant[]): Variant[] {
  const order: VariantKind[] = ['layers', 'float32', 'dynamic-range']
  return order.flatMap(kind => {
    const found = variants.filter(v => v.kind === kind).sort((a, b) => b.at.localeCompare(a.at))[0]
    return found ? [found] : []
  })
}
