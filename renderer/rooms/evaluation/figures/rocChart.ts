import type { ClassFigures } from '#contract'
import { type Chart, type Palette, prCurve, rocCurve } from '../../../charts/index.ts'
import { prPoints, rocPoints } from './threshold.ts'

/** The ROC of one class against all others, with the threshold in use; null where one class is missing. */
export function rocChart(figures: ClassFigures, at: number, palette: Palette): Chart | null {
  const points = rocPoints(figures.curve).map(p => ({ fpr: p.x, tpr: p.y, threshold: p.threshold }))
  if (!points.length) return null
  return rocCurve({ points, ...(figures.auc !== null && { auc: figures.auc }), at }, palette)
}

/** Precision against recall of one class, with the share of its rows; null where it has none. */
export function prChart(figures: ClassFigures, at: number, palette: Palette): Chart | null {
  const points = prPoints(figures.curve).map(p => ({ recall: p.x, precision: p.y, threshold: p.threshold }))
  const any = figures.curve[0]
  if (!points.length || !any) return null
  const rows = any.tp + any.fp + any.tn + any.fn
  return prCurve(
    {
      points,
      ...(figures.averagePrecision !== null && { averagePrecision: figures.averagePrecision }),
      ...(rows > 0 && { baseline: (any.tp + any.fn) / rows }),
      at,
    },
    palette,
  )
}
