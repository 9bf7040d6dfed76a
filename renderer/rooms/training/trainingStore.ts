import { defineStore } from 'pinia'
import { ref } from 'vue'
import type { CurveAxis, JobId, Plan, RunId } from '#contract'
import { kept } from './kept.ts'

/** What is shown of a run below the table. */
export type Part = 'log' | 'epochs' | 'compare' | 'parallel' | 'weights' | 'files' | 'notes'

/**
 * What the training page is looking at. Runs themselves stay with the engine; this only remembers the choice, so that
 * the page is as it was when one comes back to it.
 */
export const useTraining = defineStore('training', () => {
  /** The first is the run shown; the others are laid over it. Empty: the newest. */
  const selected = ref<RunId[]>([])
  const part = ref<Part>('log')
  /** The part takes the place of the curves, too. */
  const isLarge = ref(false)
  /** The plan the form opens with; null while it is shut. */
  const form = ref<Partial<Plan> | null>(null)
  /** A job that was started here and whose run is shown as soon as it is there. */
  const awaited = ref<JobId | null>(null)
  /** How curves are drawn. */
  const smoothing = kept<number>(
    'smoothing',
    0,
    value => typeof value === 'number' && value >= 0 && value < 1,
  )
  const isLog = kept<boolean>('log', false, value => typeof value === 'boolean')
  const axis = kept<CurveAxis>('axis', 'step', value => ['step', 'seconds', 'wall'].includes(String(value)))
  /** Figures whose curves are shown, by name; null: loss and accuracy. */
  const figures = kept<string[] | null>('figures', null, Array.isArray)
  return { selected, part, isLarge, form, awaited, smoothing, isLog, axis, figures }
})
