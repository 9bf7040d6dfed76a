import type { Evaluation, Metrics, Task } from '#contract'
import { decodePrediction, type LabelSpec, probabilitiesOf } from '../encoding/index.ts'
import { fail } from '../kit/index.ts'
import type { Predicted } from '../training/index.ts'
import { classificationFigures, classificationMetrics } from './metrics/classification.ts'
import { CLIP, type Classified, predictedClass } from './metrics/classified.ts'
import { calibrationOf } from './metrics/probabilities.ts'
import { regressionFigures, scatterOf } from './metrics/regression.ts'
import { residualsOf } from './metrics/residuals.ts'

export type Figures = Pick<
  Evaluation,
  'metrics' | 'confusion' | 'perClass' | 'scatter' | 'calibration' | 'residuals'
>

/** Predicted values of a regression and the actual ones, by row. */
export interface Regressed {
  actual: Float64Array
  predicted: Float64Array
}

/** What a model answered to rows, ready to be measured, whole or in part. */
export interface Answers {
  task: Task
  rows: number
  /** Number of each row in its version or file, rising. */
  numbers: Uint32Array
  /** Null for regression. */
  classified: Classified | null
  /** Null for classification. */
  regressed: Regressed | null
  /** By row what the main metric is made of: 1 where the class is right, or the squared error. */
  scores: Float64Array
  /** By row the log loss, or the squared error. */
  losses: Float64Array
  metrics(): Metrics
  figures(): Figures
  /** Some of the rows, from 0, rising. */
  only(some: Uint32Array): Answers
}

/**
 * Reads the outputs of a net.
 * @param numbers by row its number in the version
 * @throws Failure training-failed where they are no numbers
 */
export function answersOf(
  label: LabelSpec,
  { rows, outputs, labels }: Pick<Predicted, 'rows' | 'outputs' | 'labels'>,
  numbers: Uint32Array,
): Answers {
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
    return ofValues({ actual: Float64Array.from(labels), predicted }, numbers)
  }
  const { classes } = label
  const width = classes.length
  const probabilities = new Float64Array(rows * width)
  if (label.task === 'binary')
    for (let row = 0; row < rows; row++) {
      probabilities[2 * row + 1] = outputs[row] as number
      probabilities[2 * row] = 1 - (outputs[row] as number)
    }
  else
    for (let row = 0; row < rows; row++) probabilities.set(probabilitiesOf(label, outputs, row), row * width)
  return ofClasses({ classes, isBinary: label.task === 'binary', probabilities, labels }, numbers)
}

/** Answers of a classification. @param known by row, where it is */
export function ofClasses(
  classified: Classified,
  numbers: Uint32Array,
  known: Pick<Answers, 'scores' | 'losses'> = judged(classified),
): Answers {
  const { classes, probabilities, labels, isBinary } = classified
  const { scores, losses } = known
  const width = classes.length
  return {
    task: isBinary ? 'binary' : 'multiclass',
    rows: labels.length,
    numbers,
    classified,
    regressed: null,
    scores,
    losses,
    metrics: () => classificationMetrics(classified),
    figures: () => ({
      ...classificationFigures(classified),
      calibration: calibrationOf(classified),
      scatter: [],
      residuals: null,
    }),
    only: some =>
      ofClasses(
        { classes, isBinary, probabilities: pick(probabilities, some, width), labels: pick(labels, some) },
        picked(numbers, some),
        { scores: pick(scores, some), losses: pick(losses, some) },
      ),
  }
}

/** By row whether the class is right, and the log loss. */
function judged(classified: Classified): Pick<Answers, 'scores' | 'losses'> {
  const { classes, probabilities, labels } = classified
  const scores = new Float64Array(labels.length)
  const losses = new Float64Array(labels.length)
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row] as number
    scores[row] = Number(predictedClass(classified, row) === label)
    const p = probabilities[row * classes.length + label] as number
    losses[row] = -Math.log(Math.min(1 - CLIP, Math.max(CLIP, p)))
  }
  return { scores, losses }
}

/** Answers of a regression. */
export function ofValues(regressed: Regressed, numbers: Uint32Array): Answers {
  const { actual, predicted } = regressed
  const squares = actual.map((value, row) => (value - (predicted[row] as number)) ** 2)
  return {
    task: 'regression',
    rows: actual.length,
    numbers,
    classified: null,
    regressed,
    scores: squares,
    losses: squares,
    metrics: () => regressionFigures(actual, predicted),
    figures: () => ({
      metrics: regressionFigures(actual, predicted),
      confusion: null,
      perClass: [],
      calibration: null,
      scatter: scatterOf(actual, predicted),
      residuals: residualsOf(actual, predicted),
    }),
    only: some =>
      ofValues({ actual: pick(actual, some), predicted: pick(predicted, some) }, picked(numbers, some)),
  }
}

/** Some rows of a matrix. */
function pick(values: ArrayLike<number>, rows: Uint32Array, width = 1): Float64Array {
  const found = new Float64Array(rows.length * width)
  for (let to = 0; to < rows.length; to++) {
    const from = (rows[to] as number) * width
    for (let i = 0; i < width; i++) found[to * width + i] = values[from + i] as number
  }
  return found
}

const picked = (numbers: Uint32Array, rows: Uint32Array) => rows.map(row => numbers[row] as number)
