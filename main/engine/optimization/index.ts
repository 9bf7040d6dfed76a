/** A trained model in smaller and plainer forms, each compared with the trained one on the same rows. */
export { createOptimization, type OptimizationRoom } from './optimization.ts'
