import { computed, reactive, watch } from 'vue'
import { useRoute } from 'vue-router'
import type { Contract, Evaluation, GateVerdict, Split, VariantKind } from '#contract'
import { useFlow } from '../../app/flow.ts'
import { useCall, useWork } from '../../engine/index.ts'
import { useSlices } from '../dataset/index.ts'
import { useEvaluationChoice } from './evaluationStore.ts'
import { type FileAsk, fileAsk, LABEL, otherColumns } from './file/predictionsFile.ts'
import { judge } from './gateWords.ts'
import { askedOf, type SliceAsk } from './slices/sliceAsk.ts'
import { type Tab, useTab } from './useTab.ts'

/** A command as "Copy as command" writes it. */
export interface TabCommand {
  room: keyof Contract
  verb: string
  input: Record<string, unknown>
}

type Measure = SliceAsk & More & ({ run: string; split: Split; variant: VariantKind } | FileAsk)

type More = { worst?: number; minRows?: number }

/** The evaluation on the page, the runs that can be measured, and what the gate says about it now. */
export function useEvaluation() {
  const flow = useFlow()
  const store = useEvaluationChoice()
  const route = useRoute()
  const place = useTab()

  const runs = computed(() => (flow.current?.runs ?? []).filter(run => run.artifact))
  /** Those of this flow, and others' predictions, which belong to none. */
  const evaluations = computed(() =>
    [
      ...(flow.current?.evaluations ?? []),
      ...(flow.evaluations.value?.evaluations ?? []).filter(one => one.run === null),
    ].sort((a, b) => b.at.localeCompare(a.at)),
  )
  const chosen = computed(() => evaluations.value.find(one => one.id === store.chosen) ?? null)
  /** The run that is looked at; null where the predictions are others'. */
  const run = computed(() => {
    if (chosen.value && chosen.value.run === null) return null
    return runs.value.find(one => one.id === (chosen.value?.run ?? store.run)) ?? runs.value[0] ?? null
  })
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
  watch(
    () => route.params.id,
    id => {
      if (typeof id === 'string' && id) store.chosen = id
    },
    { immediate: true },
  )
  watch(
    () => flow.dataset,
    (_, before) => {
      // the first answer of the engine is no change of mind
      if (before) store.chosen = null
    },
  )

  /* ---- the rows that were measured ---- */
  /* Those of the version that was measured, which need not be the newest. */
  const version = computed(() => {
    const latest = flow.current?.latest
    const measured = shown.value?.version ?? run.value?.version
    return measured && measured !== latest?.id ? measured : (latest?.dataset ?? '')
  })
  /** The file whose predictions are looked at. */
  const source = computed(() => shown.value?.source ?? null)
  const label = computed(() =>
    source.value ? (source.value.label ?? LABEL) : (run.value?.plan.label ?? null),
  )
  const file = useCall(
    e => e.dataset.inspect,
    () => (source.value ? { file: source.value.path } : null),
  )
  const columns = computed(() =>
    source.value
      ? otherColumns(file.value?.head.columns ?? [], source.value)
      : (flow.current?.latest.columns ?? []).map(({ name }) => name),
  )
  const slices = useSlices(() => flow.current?.latest.dataset ?? '')
  const saved = computed(() => (slices.shown.value?.slices ?? []).map(({ name }) => name))

  /* ---- measuring ---- */
  const work = useWork<Measure>(e => e.evaluation.run as never, { says: true })
  /** Asks that stand on the slices' part say their trouble there. */
  const slicing = useWork<Measure>(e => e.evaluation.run as never, { says: true })
  const busy = computed(() => work.busy || slicing.busy)
  const asked = computed<SliceAsk>(() =>
    shown.value ? askedOf(shown.value, saved.value) : { by: [], slice: [] },
  )
  const choice = computed(() => ({ run: run.value?.id ?? '', split: split.value, variant: variant.value }))
  /** What is measured again is sliced as it was; null: there is nothing to measure. */
  const measure = computed(() => (run.value || source.value ? inputOf(asked.value) : null))
  function inputOf({ by, slice }: SliceAsk, more: More = {}): Measure {
    const of =
      shown.value && source.value ? fileAsk(source.value, source.value.path, shown.value.model) : choice.value
    return { ...of, by, ...(slice.length && { slice }), ...more } as Measure
  }
  async function evaluate(ask: SliceAsk = asked.value, more: More = {}, as = work) {
    if (!measure.value) return false
    const input = inputOf(ask, more)
    const before = store.chosen
    const job = await as.start(input)
    if (job?.status.state !== 'succeeded') return false
    const isFile = 'predictions' in input
    if (store.chosen === before && !isFile) choose({})
    await flow.evaluations.reload()
    if (store.chosen === before && isFile) store.chosen = (job.status.result as Evaluation).id
    return true
  }
  const closed = computed(
    () => flow.closed ?? (measure.value ? null : 'Train a model first; an evaluation measures one.'),
  )

  /* ---- the gate ---- */
  const model = computed(() => run.value?.model ?? null)
  const gate = useCall(
    e => e.evaluation.gate,
    () => (model.value ? { model: model.value } : null),
  )
  const verdicts = useCall(
    e => e.evaluation.verdicts,
    () => (run.value ? { run: run.value.id } : null),
    { after: ['evaluation.judge', 'evaluation.run'] },
  )
  /** The newest that was recorded of the run in this form. */
  const verdict = computed<GateVerdict | null>(
    () => (verdicts.value?.verdicts ?? []).find(one => one.variant === variant.value) ?? null,
  )
  /* The gate may have been set since the evaluation: its rules hold now, not those of then. */
  const standing = computed(() =>
    shown.value && run.value
      ? gate.value
        ? judge(gate.value.rules, shown.value.metrics, verdict.value?.checks)
        : shown.value.gate
      : null,
  )
  /** The run that is in production under the model's name; null: none, or the one that is looked at. */
  const production = computed(() => {
    const found = flow.models.value?.models.find(one => one.name === model.value)
    const number = found?.aliases.production
    const id = found?.versions.find(one => one.version === number)?.run
    return id && id !== run.value?.id ? id : null
  })

  /** What each part would be written as on the command line. */
  const commands = reactive<Partial<Record<Tab, TabCommand | null>>>({})

  return {
    flow,
    store,
    place,
    runs,
    run,
    split,
    variant,
    evaluations,
    shown,
    choose,
    version,
    source,
    label,
    columns,
    slices,
    saved,
    work,
    slicing,
    busy,
    asked,
    choice,
    measure,
    inputOf,
    evaluate,
    closed,
    model,
    gate,
    verdicts,
    verdict,
    standing,
    production,
    commands,
  }
}

export type EvaluationView = ReturnType<typeof useEvaluation>
