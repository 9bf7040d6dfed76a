import { computed, ref, watch } from 'vue'
import { datasetOf, useFlow } from '../../app/flow.ts'
import { useCall } from '../../engine/index.ts'
import { draftOf, fieldsOf, type PlanDraft, readDraft, type Wanted, withoutOf } from './planForm.ts'
import { kindOfTarget } from './planTargets.ts'
import { LAYERS, layersFor, timesOf, trainerFor } from './planTrainers.ts'

/** The plan of a new run while it is written: filled from the run before it or from what a sample knows of itself. */
export function usePlanDraft(known: () => Partial<Wanted> | null) {
  const flow = useFlow()
  // Asked for with the page: a form that is opened and sent at once has the label already.
  const samples = useCall(
    e => e.dataset.samples,
    () => ({}),
  )
  const choices = useCall(
    e => e.training.choices,
    () => (known() ? {} : null),
  )
  const targets = useCall(
    e => e.training.targetList,
    () => (known() ? {} : null),
  )
  const draft = ref<PlanDraft>(draftOf())
  /* What is wrong is said once somebody tried to train. */
  const isChecked = ref(false)

  const chosen = computed(() => flow.all.find(one => one.dataset === datasetOf(draft.value.dataset)) ?? null)
  const columns = computed(() => chosen.value?.latest.columns ?? [])
  const data = computed(() => ({
    columns: columns.value,
    images: !!chosen.value?.latest.images,
    label: draft.value.label,
  }))
  const sample = computed(
    () => samples.value?.samples.find(one => one.name === datasetOf(draft.value.dataset)) ?? null,
  )
  const trainers = computed(() => choices.value?.trainers ?? [])
  const around = computed(() => ({
    trainers: trainers.value,
    targetKind: kindOfTarget(draft.value.target, targets.value?.targets ?? []),
  }))
  const fields = computed(() => fieldsOf(draft.value, around.value))
  const read = computed(() =>
    readDraft(
      draft.value,
      columns.value.map(column => column.name),
      around.value,
    ),
  )

  /** What the data knows of itself, as long as nothing was chosen. */
  function fill(): void {
    const { label } = draft.value
    if (!label && sample.value) {
      draft.value.label = sample.value.label
      draft.value.without = [...sample.value.leaveOut]
    } else if (!label && data.value.images && columns.value.some(({ name }) => name === 'label'))
      draft.value.label = 'label'
  }
  /** A trainer that suits the data, with what it needs to be told. */
  function suit(): void {
    if (!trainers.value.length || !columns.value.length) return
    chooseTrainer(trainerFor(draft.value.trainer, trainers.value, data.value))
  }
  function chooseTrainer(name: string): void {
    const now = draft.value
    now.trainer = name
    const next = trainers.value.find(trainer => trainer.name === name)
    if (!next) return
    // What nobody typed follows the trainer.
    if (Object.values(LAYERS).includes(now.layers)) now.layers = layersFor(next.suits)
    if (next.uses.includes('time') && !columns.value.some(column => column.name === now.time))
      now.time = timesOf(data.value)[0]?.name ?? ''
    // Values of another trainer are not this one's.
    const others = trainers.value.filter(one => one !== next).flatMap(one => Object.keys(one.hparams ?? {}))
    const own = Object.keys(next.hparams ?? {})
    now.hparams = now.hparams.filter(
      row => own.includes(row.name) || next.uses.includes(row.name) || !others.includes(row.name),
    )
  }
  watch(
    known,
    now => {
      if (!now) return
      const dataset = now.dataset || flow.dataset || ''
      draft.value = draftOf({ name: datasetOf(dataset), ...now, dataset })
      draft.value.without = withoutOf(
        now,
        columns.value.map(column => column.name),
      )
      isChecked.value = false
      fill()
      suit()
    },
    { immediate: true },
  )
  watch([sample, data], fill)
  watch([trainers, () => draft.value.dataset, columns], suit)

  return {
    draft,
    columns,
    data,
    sample,
    choices,
    trainers,
    targets,
    fields,
    targetKind: computed(() => around.value.targetKind),
    verdict: computed(() => chosen.value?.validation?.verdict),
    /** The plan as it stands; null while something is wrong. */
    plan: computed(() => read.value.plan),
    problem: (field: keyof PlanDraft): string | null =>
      isChecked.value ? (read.value.problems[field] ?? null) : null,
    /** What is wrong with a value of `hparams`, by its place. */
    rowProblem: (at: number): string | null => (isChecked.value ? (read.value.rows[at] ?? null) : null),
    chooseTrainer,
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
        time: '',
        group: '',
        weights: '',
      }
      fill()
    },
    /** Says what is wrong from now on, and answers with the plan where nothing is. */
    check(): Wanted | null {
      isChecked.value = true
      return read.value.plan
    },
  }
}
export type PlanDraftView = ReturnType<typeof usePlanDraft>
