/** What later rooms may use of this one: runs in words, and comparing side by side. */
export { default as CompareTable } from './CompareTable.vue'
export { type CompareRow, compareRuns } from './compareRuns.ts'
export { layersText, runTitle } from './runWords.ts'
