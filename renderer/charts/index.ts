export { default as ChartPanel } from './ChartPanel.vue'
export { type CalibrationData, reliability } from './calibration.ts'
export type { Chart, ChartColumn, ChartTable, LegendEntry, Limit } from './chart.ts'
export { contrast, mix } from './color.ts'
export {
  type BarCompareData,
  barCompare,
  type VariantMark,
  type VariantScatterData,
  variantScatter,
} from './compare.ts'
export { type CostData, costCurve } from './cost.ts'
export type { Curve, Point, Role } from './curves.ts'
export { type DependenceData, dependence } from './dependence.ts'
export { type DistributionData, type DistributionSide, distribution } from './distribution.ts'
export { type Bin, type HistogramData, histogram, type TopValuesData, topValuesBars } from './histogram.ts'
export { type ImportanceData, importanceBars } from './importance.ts'
export { default as Legend } from './Legend.vue'
export { default as LimitBar } from './LimitBar.vue'
export { default as MiniBars } from './MiniBars.vue'
export { type ConfusionData, cellLook, confusionMatrix } from './matrix.ts'
export { type Palette, readPalette, usePalette } from './palette.ts'
export {
  axisId,
  type Brushes,
  type ParallelAxis,
  type ParallelData,
  type ParallelValue,
  parallelAxis,
  parallelLines,
  through,
} from './parallel.ts'
export { type PredictionData, predictionScatter } from './prediction.ts'
export { type ResidualData, residualScatter } from './residuals.ts'
export { type RunAxis, type RunCurvesData, type RunLine, runCurves } from './runCurves.ts'
export { default as Sparkline } from './Sparkline.vue'
export { default as SpreadChart } from './SpreadChart.vue'
export { type PrData, prCurve, type RocData, rocCurve } from './scores.ts'
export { SIDE_LOOKS, type SideLook, type SideRole, sideLegend } from './sides.ts'
export { smoothed } from './smooth.ts'
export { isWhole, panned, type Span, zoomed } from './span.ts'
export { type SpreadSide, spreadShape } from './spread.ts'
export { type TimelineData, type TimelineLine, timeline } from './timeline.ts'
export type { Zoom } from './useZoom.ts'
