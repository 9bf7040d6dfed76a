/** Sticks: what they bring, and what goes back on them. */
export { exportTo } from './export.ts'
export { checkPack, ingest } from './ingest.ts'
export { type Media, openMedia } from './media.ts'
