import { computed } from 'vue'
import type { BoxAccuracy } from '#contract'
import { useCall } from '../../../engine/index.ts'

/** How right versions of some models are on each box, by the rows that came back and were labeled. */
export function useAccuracy(models: () => readonly string[]) {
  const known = useCall(
    engine => async (input: { models: string[] }) => {
      const answers = await Promise.allSettled(
        input.models.map(model => engine.feedback.accuracy({ model: model as never })),
      )
      return new Map(
        answers.flatMap((answer, at) =>
          answer.status === 'fulfilled'
            ? answer.value.versions.map(
                each => [keyOf(each.device, input.models[at], each.version), each] as const,
              )
            : [],
        ),
      )
    },
    () => {
      const wanted = [...new Set(models())].sort()
      return wanted.length ? { models: wanted } : null
    },
    { after: ['publishing.receive', 'feedback.import'] },
  )
  return computed(
    () =>
      (device: string, model: string, version: number | null): BoxAccuracy | null =>
        known.value?.get(keyOf(device, model, version)) ?? null,
  )
}

const keyOf = (...which: (string | number | null | undefined)[]): string => JSON.stringify(which)
