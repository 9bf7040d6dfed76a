import { computed } from 'vue'
import { useFlow } from '../../app/flow.ts'
import { useCall } from '../../engine/index.ts'
import { useOptimizationChoice } from './optimizationStore.ts'
import { variantRows } from './variantRows.ts'

/** The forms of the chosen run, and the gate they are held against. */
export function useVariants() {
  const flow = useFlow()
  const store = useOptimizationChoice()
  const runs = computed(() => (flow.current?.runs ?? []).filter(run => run.artifact))
  const run = computed(() => runs.value.find(one => one.id === store.run) ?? runs.value[0] ?? null)
  const gate = useCall(
    e => e.evaluation.gate,
    () => (run.value ? { model: run.value.model } : null),
  )
  const rules = computed(() => gate.value?.rules ?? [])
  const rows = computed(() =>
    run.value
      ? variantRows(run.value, flow.current?.variants ?? [], flow.current?.evaluations ?? [], rules.value)
      : [],
  )
  /** The form in the side panel: the chosen one if it was made, else the smallest that was. */
  const chosen = computed(
    () =>
      rows.value.find(row => row.kind === store.kind && row.variant) ??
      rows.value.findLast(row => row.variant) ??
      null,
  )
  return { runs, run, rows, rules, chosen }
}
