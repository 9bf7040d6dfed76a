/** Runs and models from elsewhere. */
export { type Bring, openBringing } from './bring.ts'
export { openImportDoor } from './door.ts'
export { findModels } from './findModels.ts'
export { labelOf } from './fitModel.ts'
export { prefixed } from './import.ts'
export { newRun } from './newRun.ts'
export { openRunFiles, type RunFiles } from './runFiles.ts'
