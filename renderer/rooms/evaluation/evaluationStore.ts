import { defineStore } from 'pinia'
import { ref } from 'vue'
import type { RunId, Split, VariantKind } from '#contract'

/** What the evaluation page is looking at: a run, the rows, the form of the model, or one evaluation out of the past. */
export const useEvaluationChoice = defineStore('evaluation', () => {
  /** Null: the newest run that has a model. */
  const run = ref<RunId | null>(null)
  const split = ref<Split>('test')
  const variant = ref<VariantKind>('layers')
  /** An evaluation chosen from the past; null: the newest of what is chosen above. */
  const chosen = ref<string | null>(null)
  return { run, split, variant, chosen }
})
