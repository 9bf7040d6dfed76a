/** The places to train: what each is, whether it is ready, and what waits there. */
export { default as CheckLines } from './CheckLines.vue'
export { kindWords, verdictOf } from './targetWords.ts'
