import { computed, type Ref } from 'vue'
import type { BoxAccuracy } from '#contract'
import { useCall } from '../../../engine/index.ts'
import type { DeviceRow } from './fleetWords.ts'

/** How right the version that answers is on each box, by the rows that came back and were labelled. */
export function useAccuracy(rows: Ref<readonly DeviceRow[]>) {
  const models = computed(() => [...new Set(rows.value.flatMap(row => row.model?.model ?? []))].sort())
  const known = useCall(
    engine => async (input: { models: string[] }) => {
      const answers = await Promise.allSettled(
        input.models.map(model => engine.feedback.accuracy({ model: model as never })),
      )
      return new Map(
        answers.flatMap((answer, at) =>
          answer.status === 'fulfilled' ? [[input.models[at] as string, answer.value.versions] as const] : [],
        ),
      )
    },
    () => (models.value.length ? { models: models.value } : null),
    { after: ['publishing.receive', 'feedback.import'] },
  )
  return computed(
    () =>
      ({ device, model }: DeviceRow): BoxAccuracy | null =>
        known.value
          ?.get(model?.model ?? '')
          ?.find(each => each.device === device.id && each.version === model?.reports) ?? null,
  )
}
