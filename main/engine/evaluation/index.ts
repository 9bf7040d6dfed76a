/** How good a model is, on rows it has not seen, and whether that is good enough. */
export { createEvaluation, type EvaluationRoom } from './evaluation.ts'
