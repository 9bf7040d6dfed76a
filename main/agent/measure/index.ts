/** Models that are measured on a device without being published. */
export { type Measuring, type MeasuringOptions, openMeasuring } from './measuring.ts'
export { TooLarge } from './receive.ts'
