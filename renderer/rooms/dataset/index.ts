/** Data: what was imported, its versions and rows, and the way new data comes in. */
export { default as ImportDialog } from './ImportDialog.vue'
export { useImport } from './importStore.ts'
export { default as SampleMenu } from './SampleMenu.vue'
