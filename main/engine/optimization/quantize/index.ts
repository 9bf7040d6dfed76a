/** Numbers of fewer bits: TFLite models in, smaller TFLite models out. */
export { type QuantizedModel, quantizeActivations } from './activations.ts'
export { CALIBRATORS, type CalibrateBy, type Calibration, calibration } from './calibrate/index.ts'
export { type DynamicRangeOptions, dynamicRange } from './dynamicRange.ts'
export { float16 } from './float16.ts'
export { layerOf, unknownNames } from './keep.ts'
export type { ActivationOptions } from './places.ts'
export { plainFloats } from './plain.ts'
export type { Range } from './range.ts'
