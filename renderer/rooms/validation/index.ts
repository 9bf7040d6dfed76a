/** Validation: the schema of a dataset, what does not fit it, and what was accepted all the same. */
export { default as AnomalyList } from './AnomalyList.vue'
export { type FeatureMark, markOfFeatures } from './marks.ts'
export { default as PolicyPanel } from './PolicyPanel.vue'
export { default as VerdictBanner } from './VerdictBanner.vue'
