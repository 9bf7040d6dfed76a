/** Data: what was imported, its versions and rows, and the way new data comes in. */

export { default as DataDrop } from './DataDrop.vue'
export { conditionWords, filterWords, printQuery, type RowsAsked } from './filters.ts'
export { default as ImportDialog } from './ImportDialog.vue'
export { useImport } from './importStore.ts'
export { default as SaveSliceDialog } from './SaveSliceDialog.vue'
export { upload } from './upload.ts'
export { useSlices } from './useSlices.ts'
