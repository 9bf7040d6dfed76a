import { z } from 'zod'

/**
 * How a model is held in a file; the words of the field. `float32` and `dynamic-range` alone are TensorFlow graphs, as
 * devices run them; those of TensorFlow Lite say so.
 */
export const VariantKind = z.enum([
  'layers',
  'float32',
  'dynamic-range',
  'tflite-float32',
  'tflite-float16',
  'tflite-dynamic-range',
  'tflite-int8',
  'tflite-int16',
])
export type VariantKind = z.infer<typeof VariantKind>

/** Counts when everything with a score of at least `threshold` is called positive. */
export const ThresholdPoint = z.object({
  threshold: z.number(),
  tp: z.int(),
  fp: z.int(),
  tn: z.int(),
  fn: z.int(),
})
export type ThresholdPoint = z.infer<typeof ThresholdPoint>

/** One class against all others. ROC, PR and the threshold slider are drawn from the same points. */
export const ClassFigures = z.object({
  label: z.string(),
  support: z.int(),
  precision: z.number(),
  recall: z.number(),
  f1: z.number(),
  /** Of the rows of other classes, those not called this one; absent in evaluations of earlier days. */
  specificity: z.number().optional(),
  /** Area under the ROC curve; null where only one class is there. */
  auc: z.number().nullable(),
  /** Average precision. */
  averagePrecision: z.number().nullable(),
  /** At most 201 points, thresholds falling. */
  curve: z.array(ThresholdPoint),
})
export type ClassFigures = z.infer<typeof ClassFigures>

/**
 * Figures by name. Classification: accuracy, balancedAccuracy (mean recall), precision, recall, f1 (macro; binary: of
 * the positive class, the second), auc, averagePrecision, specificity (binary), mcc (Matthews), kappa (Cohen), logLoss,
 * brier (mean squared distance of the probabilities from the truth; binary: of the positive class alone), ece (expected
 * calibration error over ten bins), top3Accuracy and top5Accuracy where there are more classes than that. Averages of
 * precision, recall and f1 over the classes: precisionMacro, precisionMicro, precisionWeighted and so on.
 * Regression: mse, rmse, mae, medianAbsoluteError, maxError, mape (where no actual value is 0), bias (mean of predicted
 * less actual), r2, pearson.
 */
export const Metrics = z.record(z.string(), z.number())
export type Metrics = z.infer<typeof Metrics>

export const Interval = z.object({ low: z.number(), high: z.number() })
export type Interval = z.infer<typeof Interval>

/**
 * Where a figure lies with a confidence of 95%. `wilson`: score interval of a share (Wilson 1927); `delong`: normal
 * interval of an AUC by its structural components (DeLong 1988); `t`: Student's t of a mean; `log-t`: the same of the
 * logarithm of a mean square; `fisher-z`: of a correlation; `bootstrap`: 2.5% and 97.5% quantiles of 400 seeded draws
 * of rows.
 */
export const MetricInterval = Interval.extend({
  method: z.enum(['wilson', 'delong', 't', 'log-t', 'fisher-z', 'bootstrap']),
})
export type MetricInterval = z.infer<typeof MetricInterval>

/** Rows whose probability fell into one bin: how sure the model was, and how often it was right. */
export const ReliabilityBin = z.object({
  low: z.number(),
  high: z.number(),
  rows: z.int(),
  /** Mean probability; null in an empty bin. */
  predicted: z.number().nullable(),
  /** Share of the rows that are of the class. */
  observed: z.number().nullable(),
  /** Of that share, Wilson's. */
  interval: Interval.nullable(),
})
export type ReliabilityBin = z.infer<typeof ReliabilityBin>

/** A reliability diagram. */
export const Calibration = z.object({
  /** The class whose probability it is; null: of whichever class was predicted, as for more than two classes. */
  label: z.string().nullable(),
  /** Ten bins of equal width from 0 to 1. */
  bins: z.array(ReliabilityBin),
  /** Mean distance of `predicted` and `observed`, weighted by rows (Naeini 2015). */
  ece: z.number(),
  /** The largest such distance. */
  mce: z.number(),
})
export type Calibration = z.infer<typeof Calibration>

/** How far predictions of a regression are off: actual less predicted. Plots against predicted use `scatter`. */
export const Residuals = z.object({
  mean: z.number(),
  deviation: z.number(),
  /** By share of the rows: 0, 0.05, 0.25, 0.5, 0.75, 0.95, 1 (linear between rows). */
  quantiles: z.array(z.object({ share: z.number(), value: z.number() })),
  histogram: z.array(z.object({ low: z.number(), high: z.number(), rows: z.int() })),
  /** Ten ranges of the predicted value with about equal rows: mean and spread of the residual in each. */
  byPredicted: z.array(
    z.object({ low: z.number(), high: z.number(), rows: z.int(), mean: z.number(), deviation: z.number() }),
  ),
})
export type Residuals = z.infer<typeof Residuals>
