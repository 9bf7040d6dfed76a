import type { Calibration, Metrics } from '#contract'
import { type Classified, predictedClass } from './classified.ts'
import { wilson } from './intervals.ts'

const BINS = 10
/** Beside the first class, how far down the true one may stand. */
const TOPS = [3, 5]

/** Squared distance of a row's probabilities from the truth; of a binary task of the positive class alone (Brier 1950). */
export function brierOf({ classes, isBinary, probabilities, labels }: Classified, row: number): number {
  const width = classes.length
  if (isBinary) return ((probabilities[row * width + 1] as number) - Number(labels[row] === 1)) ** 2
  let sum = 0
  for (let i = 0; i < width; i++)
    sum += ((probabilities[row * width + i] as number) - Number(labels[row] === i)) ** 2
  return sum
}

/** A reliability diagram: of the positive class, or of whichever class was predicted where there are more than two. */
export function calibrationOf(classified: Classified): Calibration {
  const { classes, isBinary, probabilities, labels } = classified
  const rows = new Float64Array(BINS)
  const sure = new Float64Array(BINS)
  const hits = new Float64Array(BINS)
  for (let row = 0; row < labels.length; row++) {
    const of = isBinary ? 1 : predictedClass(classified, row)
    const p = probabilities[row * classes.length + of] as number
    const bin = Math.min(BINS - 1, Math.max(0, Math.floor(p * BINS)))
    rows[bin] = (rows[bin] as number) + 1
    sure[bin] = (sure[bin] as number) + p
    hits[bin] = (hits[bin] as number) + Number(labels[row] === of)
  }
  let ece = 0
  let mce = 0
  const bins = Array.from({ length: BINS }, (_, bin) => {
    const [count, hit] = [rows[bin] as number, hits[bin] as number]
    const about = { low: bin / BINS, high: (bin + 1) / BINS, rows: count }
    if (count === 0) return { ...about, predicted: null, observed: null, interval: null }
    const [predicted, observed] = [(sure[bin] as number) / count, hit / count]
    ece += (count / labels.length) * Math.abs(predicted - observed)
    mce = Math.max(mce, Math.abs(predicted - observed))
    return { ...about, predicted, observed, interval: wilson(hit, count) }
  })
  return { label: isBinary ? (classes[1] as string) : null, bins, ece, mce }
}

/** brier, ece and topKAccuracy. */
export function probabilityFigures(classified: Classified): Metrics {
  const { classes, probabilities, labels } = classified
  const width = classes.length
  let brier = 0
  const tops = TOPS.filter(top => width > top)
  const within = tops.map(() => 0)
  for (let row = 0; row < labels.length; row++) {
    brier += brierOf(classified, row)
    if (!tops.length) continue
    const label = labels[row] as number
    const p = probabilities[row * width + label] as number
    let ahead = 0
    for (let i = 0; i < width; i++) {
      const other = probabilities[row * width + i] as number
      // Of equals the later class stands first, as in scikit-learn's top_k_accuracy_score.
      if (other > p || (other === p && i > label)) ahead++
    }
    for (const [nth, top] of tops.entries()) if (ahead < top) within[nth] = (within[nth] as number) + 1
  }
  return {
    brier: brier / labels.length,
    ece: calibrationOf(classified).ece,
    ...Object.fromEntries(
      tops.map((top, nth) => [`top${top}Accuracy`, (within[nth] as number) / labels.length]),
    ),
  }
}
