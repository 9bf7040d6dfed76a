import { computed } from 'vue'
import type { Plan } from '#contract'
import { datasetOf, useFlow } from '../../app/flow.ts'
import { useCall } from '../../engine/index.ts'
import { plural } from '../../ui/format.ts'
import type { Option } from '../../ui/index.ts'
import type { PlanDraftView } from './usePlanDraft.ts'

/** What can be chosen for a plan: data, label, transform, rows, backend. */
export function usePlanOptions(isOpen: () => boolean, { draft, columns }: PlanDraftView) {
  const flow = useFlow()
  const choices = useCall(
    e => e.training.choices,
    () => (isOpen() ? {} : null),
  )
  const transforms = useCall(
    e => e.transform.list,
    () => (isOpen() ? {} : null),
  )
  const slices = useCall(
    e => e.dataset.slices,
    () => (isOpen() && draft.value.dataset ? { name: draft.value.dataset } : null),
  )
  /* A run that is done again names versions; they stay choices beside the newest. */
  const withGiven = (listed: Option<string>[], given: string, label = given): Option<string>[] =>
    given && !listed.some(one => one.value === given)
      ? [{ value: given, label, hint: 'as in the run before' }, ...listed]
      : listed

  return {
    datasets: computed(() =>
      withGiven(
        flow.all.map(one => ({
          value: one.dataset,
          label: one.dataset,
          hint: `the newest, ${plural(one.latest.rows, 'row')}`,
        })),
        draft.value.dataset,
      ),
    ),
    labels: computed(() => columns.value.map(({ name, type }) => ({ value: name, label: name, hint: type }))),
    transforms: computed(() => [
      { value: '', label: 'As suggested', hint: 'Chosen by what each column holds' },
      ...withGiven(
        (transforms.value?.transforms ?? []).map(({ name, latest }) => ({
          value: name,
          label: name,
          hint: `v${latest.number}${latest.dataset === datasetOf(draft.value.dataset) ? '' : `, made for ${latest.dataset}`}`,
        })),
        draft.value.transform,
        draft.value.transform.replace('@', ' v'),
      ),
    ]),
    rows: computed(() => [
      { value: '', label: 'All rows' },
      ...(slices.value?.slices.map(({ name, rows }) => ({
        value: name,
        label: name,
        hint: plural(rows, 'row'),
      })) ?? (draft.value.slice ? [{ value: draft.value.slice, label: draft.value.slice }] : [])),
    ]),
    backends: computed(() => {
      const given = choices.value?.backends ?? []
      return [
        ...(given.some(one => one.name === 'auto')
          ? []
          : [{ value: 'auto', label: 'The fastest that is there' }]),
        ...given.map(one => ({
          value: one.name,
          label: one.title,
          hint: one.ready ? one.why : undefined,
          closedReason: one.ready ? undefined : one.why,
        })),
      ] as { value: Plan['backend']; label: string }[]
    }),
    backendTrouble: computed(() => choices.failure?.message),
  }
}
