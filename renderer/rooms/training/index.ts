/** What other rooms and the window may use of this one: runs in words, comparing side by side, and how runs come in. */
export { default as BringDialog } from './BringDialog.vue'
export { useBringIn } from './bringStore.ts'
export { default as CompareTable } from './CompareTable.vue'
export { type CompareRow, compareRuns } from './compareRuns.ts'
export { layersText, runTitle } from './runWords.ts'
