import type { Evaluation } from '#contract'
import { decodePrediction, type LabelSpec, probabilitiesOf } from '../encoding/index.ts'
import { fail } from '../kit/index.ts'
import type { Predicted } from '../training/index.ts'
import { classificationFigures, predictedClass } from './metrics/classification.ts'
import { regressionFigures, scatterOf } from './metrics/regression.ts'

export type Figures = Pick<Evaluation, 'metrics' | 'confusion' | 'perClass' | 'scatter'>

/** What a model answered to rows, ready to be measured, whole or in part. */
export interface Answers {
  rows: number
  /** All figures of these rows, or of all. */
  figures(some?: Uint32Array): Figures
  /** By row what the main metric is made of: 1 where the class is right, or the squared error. */
  scores: Float64Array
}

/**
 * Reads the outputs of a net.
 * @throws Failure training-failed where they are no numbers
 */
export function answersOf(label: LabelSpec, { rows, outputs, labels }: Predicted): Answers {
  if (!outputs.every(Number.isFinite))
    throw fail(
      'training-failed',
      'The model gives values that are no numbers.',
      'Train again with a lower learning rate.',
    )
  if (label.task === 'regression') {
    const predicted = Float64Array.from({ length: rows }, (_, row) => {
      const prediction = decodePrediction(label, outputs, row)
      return 'value' in prediction ? prediction.value : Number.NaN
    })
    return {
      rows,
      scores: predicted.map((value, row) => ((labels[row] as number) - value) ** 2),
      figures(some) {
        const [actual, given] = some ? [pick(labels, some), pick(predicted, some)] : [labels, predicted]
        return {
          metrics: regressionFigures(actual, given),
          confusion: null,
          perClass: [],
          scatter: scatterOf(actual, given),
        }
      },
    }
  }
  const { classes } = label
  const width = classes.length
  const probabilities = new Float64Array(rows * width)
  for (let row = 0; row < rows; row++) probabilities.set(probabilitiesOf(label, outputs, row), row * width)
  const all = { classes, isBinary: label.task === 'binary', probabilities, labels }
  return {
    rows,
    scores: Float64Array.from({ length: rows }, (_, row) => Number(predictedClass(all, row) === labels[row])),
    figures(some) {
      const classified = some
        ? { ...all, probabilities: pick(probabilities, some, width), labels: pick(labels, some) }
        : all
      return { ...classificationFigures(classified), scatter: [] }
    },
  }
}

/** Some rows of a matrix. */
function pick(values: ArrayLike<number>, rows: Uint32Array, width = 1): Float64Array {
  const picked = new Float64Array(rows.length * width)
  for (const [to, from] of rows.entries())
    for (let i = 0; i < width; i++) picked[to * width + i] = values[from * width + i] as number
  return picked
}
