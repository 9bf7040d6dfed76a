import { computed, watch } from 'vue'
import type { Evaluation } from '#contract'
import { useFlow } from '../../app/flow.ts'
import { useCall } from '../../engine/index.ts'
import { useEvaluationChoice } from './evaluationStore.ts'
import { judge } from './gateWords.ts'

/** The evaluation on the page, the runs that can be measured, and what the gate says about it now. */
export function useEvaluation() {
  const flow = useFlow()
  const store = useEvaluationChoice()

  const runs = computed(() => (flow.current?.runs ?? []).filter(run => run.artifact))
  const evaluations = computed(() => flow.current?.evaluations ?? [])
  const chosen = computed(() => evaluations.value.find(one => one.id === store.chosen) ?? null)
  const run = computed(
    () => runs.value.find(one => one.id === (chosen.value?.run ?? store.run)) ?? runs.value[0] ?? null,
  )
  const split = computed(() => chosen.value?.split ?? store.split)
  const variant = computed(() => chosen.value?.variant ?? store.variant)

  const shown = computed<Evaluation | null>(
    () =>
      chosen.value ??
      evaluations.value.find(
        one => one.run === run.value?.id && one.split === split.value && one.variant === variant.value,
      ) ??
      null,
  )
  /* Each field chosen by hand leaves the past and looks at the newest. */
  function choose(change: Partial<Pick<typeof store, 'run' | 'split' | 'variant'>>) {
    Object.assign(store, {
      run: run.value?.id ?? null,
      split: split.value,
      variant: variant.value,
      ...change,
    })
    store.chosen = null
  }

  const model = computed(() => shown.value?.model ?? run.value?.model ?? null)
  const gate = useCall(
    e => e.evaluation.gate,
    () => (model.value ? { model: model.value } : null),
  )
  /* The gate may have been set since the evaluation: its rules hold now, not those of then. */
  const verdict = computed(() =>
    shown.value ? (gate.value ? judge(gate.value.rules, shown.value.metrics) : shown.value.gate) : null,
  )
  watch(
    () => flow.dataset,
    (_, before) => {
      // the first answer of the engine is no change of mind
      if (before) store.chosen = null
    },
  )
  return { runs, run, split, variant, evaluations, shown, choose, model, gate, verdict }
}
