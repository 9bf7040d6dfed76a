import { defineStore } from 'pinia'
import { ref } from 'vue'
import type { RunId, VariantKind } from '#contract'

/** What the optimization page is looking at. */
export const useOptimizationChoice = defineStore('optimization', () => {
  /** Null: the newest run that has a model. */
  const run = ref<RunId | null>(null)
  const kind = ref<VariantKind>('dynamic-range')
  return { run, kind }
})
