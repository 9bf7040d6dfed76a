import type { Variant, VariantKind, VariantSettings } from '#contract'
import { fixed, NONE } from '../../ui/format.ts'
import { metricChange, metricKeys, metricTrend } from '../evaluation/index.ts'

export type Mark = 'circle' | 'square' | 'diamond' | 'triangle'

/** How a variant is called, drawn and explained. The mark is the same in tables and charts. */
export interface VariantWord {
  kind: VariantKind
  title: string
  mark: Mark
  about: string
}

const WORDS: VariantWord[] = [
  { kind: 'layers', title: 'as trained', mark: 'circle', about: 'TensorFlow.js layers, 32-bit' },
  { kind: 'float32', title: 'float32', mark: 'circle', about: 'Frozen graph, 32-bit constants' },
  { kind: 'dynamic-range', title: 'dynamic-range', mark: 'diamond', about: 'Frozen graph, 8-bit weights' },
  { kind: 'tflite-float32', title: 'float32', mark: 'circle', about: 'TensorFlow Lite, 32-bit' },
  { kind: 'tflite-float16', title: 'float16', mark: 'square', about: 'TensorFlow Lite, 16-bit weights' },
  {
    kind: 'tflite-dynamic-range',
    title: 'dynamic-range',
    mark: 'diamond',
    about: 'TensorFlow Lite, 8-bit weights',
  },
  {
    kind: 'tflite-int8',
    title: 'int8',
    mark: 'triangle',
    about: 'TensorFlow Lite, 8-bit weights and activations',
  },
  {
    kind: 'tflite-int16',
    title: 'int16',
    mark: 'triangle',
    about: 'TensorFlow Lite, 8-bit weights, 16-bit activations',
  },
]

/** The order in which variants stand: as precise as can be first. */
export const KINDS: readonly VariantKind[] = WORDS.map(word => word.kind)

export const variantWord = (kind: VariantKind): VariantWord =>
  WORDS.find(word => word.kind === kind) ?? (WORDS[0] as VariantWord)

const FORMATS: Record<VariantSettings['to'], string> = {
  tflite: 'TFLite',
  tfjs: 'TF.js',
  graphdef: 'GraphDef',
  c: 'C array',
}

/** The file that a variant is: `TFLite`. */
export const formatOf = ({ kind, settings }: Pick<Variant, 'kind' | 'settings'>): string =>
  FORMATS[settings?.to ?? (kind.startsWith('tflite') ? 'tflite' : 'graphdef')]

/** A variant in one line: `TFLite int8, 2 layers float`. */
export function titleOf(variant: Pick<Variant, 'kind' | 'settings'>): string {
  const kept = variant.settings?.keepFloat?.length ?? 0
  const more = [
    kept > 0 && `${kept} kept float`,
    variant.settings?.io === 'int8' && 'int8 in and out',
    variant.settings?.perTensorDense && 'per tensor',
    variant.settings?.calibrateBy &&
      variant.settings.calibrateBy !== 'minmax' &&
      variant.settings.calibrateBy,
  ].filter(Boolean)
  return [`${formatOf(variant)} ${variantWord(variant.kind).title}`, ...more].join(', ')
}

/** How much smaller than the reference, "3.6×"; "1.0×" is the reference itself. */
export const ratioText = (bytes: number, reference: number | null): string =>
  reference && bytes ? `${fixed(reference / bytes, 1)}×` : NONE

/** "[?, 24]": the first axis is the batch where it is -1. */
export const shapeText = (shape: readonly number[] | null): string =>
  shape === null ? '[unknown]' : `[${shape.map(size => (size < 0 ? '?' : String(size))).join(', ')}]`

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

/** A difference of outputs in few letters: `0`, `3.2e-5`, `0.0131`. */
export const differenceText = (value: number): string =>
  value === 0 ? '0' : value < 1e-4 ? value.toExponential(1).replaceAll('-', '−') : fixed(value, 4)
