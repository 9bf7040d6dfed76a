import { defineStore } from 'pinia'
import { ref } from 'vue'
import type { JobId, Plan, RunId } from '#contract'

/**
 * What the training page is looking at. Runs themselves stay with the engine; this only remembers the choice, so that
 * the page is as it was when one comes back to it.
 */
export const useTraining = defineStore('training', () => {
  /** The first is the run shown; the others are laid over it. Empty: the newest. */
  const selected = ref<RunId[]>([])
  const part = ref<'log' | 'epochs' | 'compare'>('log')
  /** The plan the form opens with; null while it is shut. */
  const form = ref<Partial<Plan> | null>(null)
  /** A job that was started here and whose run is shown as soon as it is there. */
  const awaited = ref<JobId | null>(null)
  return { selected, part, form, awaited }
})
