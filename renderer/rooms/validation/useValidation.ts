import { computed, watch } from 'vue'
import type { Anomaly, Suggestion } from '#contract'
import { datasetOf, useFlow } from '../../app/flow.ts'
import { useCall } from '../../engine/index.ts'
import { plural } from '../../ui/index.ts'
import { markOfFeatures } from './marks.ts'
import { useChecked } from './useChecked.ts'
import { useCheckOptions } from './useCheckOptions.ts'
import { useSchemaChange } from './useSchemaChange.ts'
import { useSchemaEdit } from './useSchemaEdit.ts'
import { useView, type View } from './useView.ts'

/** All that the page shows of some data: its schema, the check of it, what is suggested and edited, and where one looks. */
export function useValidation() {
  const flow = useFlow()
  const { view, set } = useView()

  const data = computed(() => view.value.data ?? flow.dataset)
  const checked = useChecked(() => data.value)
  const { schema, validation } = checked
  const choices = useCheckOptions(() => data.value)
  const { options, version, input } = choices
  const change = useSchemaChange(
    () => data.value,
    () => schema.value,
    checked.changed,
  )
  const editing = useSchemaEdit(
    () => data.value,
    () => schema.value,
    next => change.took(next, 'Edits saved'),
  )
  const suggestions = useCall(
    e => e.validation.suggestions,
    () => (data.value && schema.value ? { data: data.value } : null),
  )
  watch(
    () => schema.value?.id,
    (now, before) => now && before && void suggestions.reload(),
  )

  /* Who follows a link to a dataset is on its flow from then on; another flow leaves the link behind. */
  watch(
    () => (view.value.data ? (version.value?.dataset ?? datasetOf(view.value.data)) : null),
    name => name && flow.all.some(one => one.dataset === name) && flow.choose(name),
    { immediate: true },
  )
  watch(
    () => flow.dataset,
    (now, before) => {
      if (before && now && view.value.data && choices.name.value !== now)
        set({ data: null, feature: null, kind: null, curves: [] })
    },
  )

  const types = computed(
    () =>
      new Map([
        ...(version.value?.columns ?? []).map(({ name, type }) => [name, type] as const),
        ...(schema.value?.features ?? []).map(({ name, type }) => [name, type] as const),
      ]),
  )
  const typeOf = (feature: string) => types.value.get(feature) ?? 'text'
  const marks = computed(() => markOfFeatures(validation.value))
  const open = computed(() => validation.value?.anomalies.filter(one => !one.accepted) ?? [])
  const updatable = computed(
    () => new Set(open.value.filter(one => one.updatable).map(one => one.feature)).size,
  )

  /* The address names its data, so that it shows the same to whoever follows it. */
  const go = (next: Partial<View>, quietly = false): void => set({ data: data.value, ...next }, quietly)
  const choose = ({ feature, kind }: Pick<Anomaly, 'feature' | 'kind'>): void => go({ feature, kind }, true)

  function accept(chosen: Suggestion[]): void {
    const [one] = chosen
    if (!one) return
    void change.suggest(
      chosen.map(({ id }) => id),
      chosen.length === 1 ? `Limit accepted: ${one.title}` : `${plural(chosen.length, 'limit')} accepted`,
    )
  }
  /* The next check is one that is kept again. */
  function leaveStrict(): void {
    options.value = { ...options.value, tfdv: false }
    checked.putStrictAway()
  }

  return {
    flow,
    view,
    go,
    choose,
    data,
    checked,
    choices,
    change,
    editing,
    suggestions,
    typeOf,
    marks,
    open,
    updatable,
    accept,
    leaveStrict,
    runCheck: () => checked.runCheck(input.value),
    failure: computed(() => checked.failure.value ?? change.failure.value),
    /** What the engine calls the data that was checked. */
    own: computed(() => validation.value?.title.replace(/^Check of /, '') ?? ''),
  }
}
export type ValidationView = ReturnType<typeof useValidation>
