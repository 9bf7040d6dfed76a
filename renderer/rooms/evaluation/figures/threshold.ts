import type { ClassFigures, ThresholdPoint } from '#contract'

/** What holds when every row with a score of at least the threshold is called positive. */
export interface ThresholdFigures extends ThresholdPoint {
  /** Null where nothing was called positive. */
  precision: number | null
  /** Null where no row is positive. */
  recall: number | null
  accuracy: number
  f1: number | null
  falsePositiveRate: number | null
}

const share = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null)

/** Precision, recall, accuracy and F1 from four counts. */
export function figuresOf(point: ThresholdPoint): ThresholdFigures {
  const { tp, fp, tn, fn } = point
  return {
    ...point,
    precision: share(tp, tp + fp),
    recall: share(tp, tp + fn),
    accuracy: share(tp + tn, tp + fp + tn + fn) ?? 0,
    f1: share(2 * tp, 2 * tp + fp + fn),
    falsePositiveRate: share(fp, fp + tn),
  }
}

/**
 * The point of the curve that a threshold stands for: the one with the least threshold that is not below it,
 * since between two points the counts are those of the higher one. Above the highest, nothing is positive.
 */
export function pointAt(curve: ThresholdPoint[], threshold: number): ThresholdPoint | null {
  let found: ThresholdPoint | null = null
  for (const point of curve)
    if (point.threshold >= threshold && (!found || point.threshold < found.threshold)) found = point
  if (found) return { ...found, threshold }
  const top = curve.reduce<ThresholdPoint | null>((a, b) => (!a || b.threshold > a.threshold ? b : a), null)
  return top ? { threshold, tp: 0, fp: 0, tn: top.tn + top.fp, fn: top.fn + top.tp } : null
}

/** The figures of one class at a threshold; null where the evaluation has no curve. */
export function figuresAt(figures: ClassFigures, threshold: number): ThresholdFigures | null {
  const point = pointAt(figures.curve, threshold)
  return point ? figuresOf(point) : null
}

/**
 * The threshold with the best F1; the higher one of two equals, because it calls fewer rows positive. It is one that
 * the slider can stand on, so that the figures beside it are those of the number shown.
 */
export function bestThreshold(figures: ClassFigures): number {
  let best = { threshold: 0.5, f1: -1 }
  for (let hundredth = 100; hundredth >= 0; hundredth--) {
    const f1 = figuresAt(figures, hundredth / 100)?.f1 ?? -1
    if (f1 > best.f1) best = { threshold: hundredth / 100, f1 }
  }
  return best.threshold
}

/** Points of the ROC curve, rising: x the false positive rate, y the recall. It begins at 0,0 and ends at 1,1. */
export function rocPoints(curve: ThresholdPoint[]): { x: number; y: number; threshold: number }[] {
  const points = [...curve]
    .sort((a, b) => b.threshold - a.threshold)
    .map(figuresOf)
    .filter(f => f.falsePositiveRate !== null && f.recall !== null)
    .map(f => ({ x: f.falsePositiveRate as number, y: f.recall as number, threshold: f.threshold }))
  if (!points.length) return []
  const first = points[0] as (typeof points)[number]
  const last = points[points.length - 1] as (typeof points)[number]
  return [
    ...(first.x || first.y ? [{ x: 0, y: 0, threshold: Number.POSITIVE_INFINITY }] : []),
    ...points,
    ...(last.x < 1 || last.y < 1 ? [{ x: 1, y: 1, threshold: Number.NEGATIVE_INFINITY }] : []),
  ]
}

/** Points of the precision-recall curve, recall rising: x the recall, y the precision. */
export function prPoints(curve: ThresholdPoint[]): { x: number; y: number; threshold: number }[] {
  return [...curve]
    .sort((a, b) => b.threshold - a.threshold)
    .map(figuresOf)
    .filter(f => f.precision !== null && f.recall !== null)
    .map(f => ({ x: f.recall as number, y: f.precision as number, threshold: f.threshold }))
}
