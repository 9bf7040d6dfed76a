import { computed } from 'vue'
import type { Plan } from '#contract'
import { datasetOf, useFlow } from '../../app/flow.ts'
import { useCall } from '../../engine/index.ts'
import { plural, versionText } from '../../ui/format.ts'
import type { Option } from '../../ui/index.ts'
import { OWN, timesOf, whyNot } from './planTrainers.ts'
import type { PlanDraftView } from './usePlanDraft.ts'

/** What can be chosen for a plan: data, label, trainer, transform, rows, target, backend. */
export function usePlanOptions(
  isOpen: () => boolean,
  { draft, columns, data, choices, trainers }: PlanDraftView,
) {
  const flow = useFlow()
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
  const columnOptions = (of: readonly { name: string; type: string }[]): Option<string>[] =>
    of.map(({ name, type }) => ({ value: name, label: name, hint: type }))

  return {
    datasets: computed(() =>
      withGiven(
        flow.all.map(one => ({
          value: one.dataset,
          label: one.dataset,
          hint: `the newest, ${plural(one.latest.rows, 'row')}`,
        })),
        draft.value.dataset,
        versionText(draft.value.dataset),
      ),
    ),
    labels: computed(() => columnOptions(columns.value)),
    /* Those that suit the data come first, in their own order; the others say why they do not. */
    trainers: computed((): Option<string>[] => {
      const all = trainers.value.map(trainer => ({
        value: trainer.name,
        label: trainer.title,
        closedReason: whyNot(trainer, data.value),
      }))
      return [
        ...withGiven(
          [...all.filter(one => !one.closedReason), ...all.filter(one => one.closedReason)],
          draft.value.trainer === OWN ? '' : draft.value.trainer,
        ),
        { value: OWN, label: 'Your own program', hint: 'A script, a container image, or both' },
      ]
    }),
    times: computed(() => columnOptions(timesOf(data.value))),
    groups: computed((): Option<string>[] => [
      { value: '', label: 'None', hint: 'All rows are one series' },
      ...columnOptions(
        columns.value.filter(({ name }) => name !== draft.value.label && name !== draft.value.time),
      ),
    ]),
    transforms: computed(() => [
      { value: '', label: 'As suggested', hint: 'Chosen by what each column holds' },
      ...withGiven(
        (transforms.value?.transforms ?? []).map(({ name, latest }) => ({
          value: name,
          label: name,
          hint: `v${latest.number}${latest.dataset === datasetOf(draft.value.dataset) ? '' : `, made for ${latest.dataset}`}`,
        })),
        draft.value.transform,
        versionText(draft.value.transform),
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
    targets: computed(() =>
      withGiven(
        (choices.value?.targets ?? []).map(({ name, title, ready, why }) => ({
          value: name,
          label: title,
          hint: ready ? why : undefined,
          closedReason: ready ? undefined : why,
        })),
        draft.value.target,
        draft.value.target === 'local' ? 'This computer' : draft.value.target,
      ),
    ),
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
    choicesTrouble: computed(() => choices.failure?.message),
  }
}
