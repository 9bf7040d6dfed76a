/** Variants that are measured on devices. */
export { deviceOf } from './deviceOf.ts'
export { openMeasuring } from './measure.ts'
