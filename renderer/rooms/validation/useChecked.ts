import { computed, shallowRef, watch } from 'vue'
import type { Failure, Schema, Validation } from '#contract'
import { useAlerts } from '../../app/alerts.ts'
import { datasetOf, useFlow } from '../../app/flow.ts'
import { type CallView, useCall, useWork } from '../../engine/index.ts'
import type { CheckInput } from './useCheckOptions.ts'

export interface Shown {
  schema: Schema | null
  validation: Validation | null
}

/** The schema of some data, the check that is shown of it, and the work that makes both. */
export function useChecked(data: () => string | null) {
  const flow = useFlow()
  const alerts = useAlerts()
  const shown: CallView<Shown> = useCall(
    e => e.validation.show,
    () => (data() ? { data: data() as string } : null),
    { after: ['validation.infer', 'validation.check', 'dataset.import', 'dataset.fix'] },
  )
  const infer = useWork(e => e.validation.infer)
  const check = useWork(e => e.validation.check)

  /* A check in strict mode is kept nowhere: it is shown as the job told it, until it is put away. */
  const strict = shallowRef<Validation | null>(null)
  watch(data, () => {
    strict.value = null
    infer.clear()
    check.clear()
  })

  const schema = computed(() => shown.value?.schema ?? null)
  const kept = computed(() => shown.value?.validation ?? null)
  const validation = computed(() => strict.value ?? kept.value)
  /** The schema was changed since this check, so that the check says nothing of it. */
  const isStale = computed(
    () => !strict.value && !!kept.value && !!schema.value && kept.value.schema !== schema.value.id,
  )

  async function runCheck(input: CheckInput): Promise<void> {
    const asked = data()
    const job = await check.start(input)
    if (data() !== asked) return
    strict.value =
      input.tfdv && job?.status.state === 'succeeded' ? (job.status.result as unknown as Validation) : null
  }
  function runInfer(): void {
    const asked = data()
    if (asked) void infer.start({ data: asked, shape: true, maxDomain: 100 })
  }

  /** What came of accepting an anomaly: shown here, in the rail and in the alerts. */
  function taken(now: Validation): void {
    if (shown.value) shown.value = { ...shown.value, validation: now }
    told()
  }
  /** What came of a change of the schema. */
  function changed(next: Schema): void {
    if (shown.value) shown.value = { ...shown.value, schema: next }
    told()
  }
  function told(): void {
    const asked = data()
    if (asked) void flow.measure(datasetOf(asked))
    void alerts.reload()
  }

  return {
    shown,
    schema,
    validation,
    isStale,
    isStrict: computed(() => strict.value !== null),
    putStrictAway: () => {
      strict.value = null
    },
    infer,
    check,
    runCheck,
    runInfer,
    taken,
    changed,
    failure: computed<Failure | null>(() => infer.failure ?? check.failure),
    busy: computed(() =>
      infer.busy
        ? { work: infer, label: 'Inferring the schema' }
        : check.busy
          ? { work: check, label: 'Checking the data' }
          : null,
    ),
  }
}
