import { computed, ref, watch } from 'vue'
import type { Plan } from '#contract'
import { datasetOf, useFlow } from '../../app/flow.ts'
import { useCall } from '../../engine/index.ts'
import { draftOf, type PlanDraft, readDraft } from './planForm.ts'

/** The plan of a new run while it is written: filled from the run before it or from what a sample knows of itself. */
export function usePlanDraft(known: () => Partial<Plan> | null) {
  const flow = useFlow()
  // Asked for with the page: a form that is opened and sent at once has the label already.
  const samples = useCall(
    e => e.dataset.samples,
    () => ({}),
  )
  const draft = ref<PlanDraft>(draftOf())
  /* What is wrong is said once somebody tried to train. */
  const isChecked = ref(false)

  const chosen = computed(() => flow.all.find(one => one.dataset === datasetOf(draft.value.dataset)) ?? null)
  const columns = computed(() => chosen.value?.latest.columns ?? [])
  const sample = computed(
    () => samples.value?.samples.find(one => one.name === datasetOf(draft.value.dataset)) ?? null,
  )
  const read = computed(() =>
    readDraft(
      draft.value,
      columns.value.map(column => column.name),
    ),
  )

  /** What a sample knows of itself, as long as nothing was chosen. */
  function fill(): void {
    if (draft.value.label || !sample.value) return
    draft.value.label = sample.value.label
    draft.value.without = [...sample.value.leaveOut]
  }
  watch(
    known,
    now => {
      if (!now) return
      draft.value = draftOf({
        dataset: flow.dataset ?? '',
        name: now.dataset ?? flow.dataset ?? '',
        ...now,
      })
      isChecked.value = false
      fill()
    },
    { immediate: true },
  )
  watch(sample, fill)

  return {
    draft,
    columns,
    sample,
    verdict: computed(() => chosen.value?.validation?.verdict),
    /** The plan as it stands; null while something is wrong. */
    plan: computed(() => read.value.plan),
    problem: (field: keyof PlanDraft): string | null =>
      isChecked.value ? (read.value.problems[field] ?? null) : null,
    chooseData(name: string | undefined): void {
      if (!name || name === draft.value.dataset) return
      draft.value = {
        ...draft.value,
        dataset: name,
        name,
        label: '',
        without: [],
        transform: '',
        slice: '',
      }
      fill()
    },
    /** Says what is wrong from now on, and answers with the plan where nothing is. */
    check(): Plan | null {
      isChecked.value = true
      return read.value.plan
    },
  }
}
export type PlanDraftView = ReturnType<typeof usePlanDraft>
