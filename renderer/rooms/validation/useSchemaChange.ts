import { ref, shallowRef } from 'vue'
import type { Engine, Failure, Schema } from '#contract'
import { attempt, useEngine } from '../../engine/index.ts'
import { say, toast } from '../../ui/index.ts'

/**
 * Changes of the schema that are made at once. Each is a new version; the toast takes it back by saving the text before
 * as the version after.
 */
export function useSchemaChange(
  data: () => string | null,
  schema: () => Schema | null,
  told: (next: Schema) => void,
) {
  const { engine } = useEngine()
  const busy = ref<string | null>(null)
  const failure = shallowRef<Failure | null>(null)

  /** Shows a new version of the schema, says so, and offers to take it back. */
  function took(next: Schema, words: string): void {
    const before = schema()
    const of = data()
    told(next)
    say(`${words}. Schema v${next.number} is saved.`)
    toast({
      kind: 'good',
      title: `${words}: schema v${next.number}`,
      ...(before && of
        ? {
            text: `v${before.number} is kept.`,
            action: { label: 'Undo', run: () => void undo(of, before) },
          }
        : {}),
    })
  }

  /**
   * @param key names the button that was pressed
   * @param words what was done, in the past tense
   */
  async function run(
    key: string,
    words: string,
    change: (engine: Engine, data: string) => Promise<Schema>,
  ): Promise<void> {
    const asked = data()
    if (!asked || busy.value) return
    busy.value = key
    failure.value = null
    const answer = await attempt(change(engine, asked))
    busy.value = null
    if (data() !== asked) return
    if (answer.ok) took(answer.value, words)
    else failure.value = answer.failure
  }

  async function undo(asked: string, before: Schema): Promise<void> {
    const answer = await attempt(engine.validation.edit({ data: asked, text: before.text }))
    if (!answer.ok) {
      failure.value = answer.failure
      return
    }
    if (data() === asked) told(answer.value)
    say(`The schema is as in v${before.number} again, saved as v${answer.value.number}.`)
  }

  return {
    busy,
    failure,
    took,
    update: (feature?: string) =>
      run(
        `update ${feature ?? ''}`,
        feature ? `Schema widened for ${feature}` : 'Schema widened',
        (e, data) => e.validation.update({ data, ...(feature === undefined ? {} : { feature }) }),
      ),
    suggest: (ids: string[], words: string) =>
      run(`suggest ${ids.join()}`, words, (e, data) => e.validation.suggest({ data, ids })),
  }
}
export type SchemaChange = ReturnType<typeof useSchemaChange>
