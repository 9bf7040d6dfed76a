import { computed, reactive, ref, shallowRef, watch } from 'vue'
import type { Engine, Failure, Schema, SchemaFeature } from '#contract'
import { attempt, useEngine } from '../../engine/index.ts'
import { changedFeatures, type Draft, draftOf, rebased, troubleOf, withEnvironments } from './draft.ts'

type Edit = Omit<Parameters<Engine['validation']['edit']>[0], 'data'>

/**
 * Edits of a schema, in the form and in its text, until they are saved or put away. They outlive a look at another tab;
 * where the schema changes meanwhile, the form's edits are laid over its new version.
 */
export function useSchemaEdit(
  data: () => string | null,
  schema: () => Schema | null,
  saved: (next: Schema) => void,
) {
  const { engine } = useEngine()
  const draft = ref<Draft>(draftOf(schema()))
  const text = ref(schema()?.text ?? '')
  const saving = ref(false)
  const failure = shallowRef<Failure | null>(null)

  function discard(): void {
    draft.value = draftOf(schema())
    text.value = schema()?.text ?? ''
    failure.value = null
  }
  watch(schema, (now, before) => {
    if (now?.id === before?.id) return
    if (!now || !before || now.dataset !== before.dataset) return discard()
    draft.value = rebased(draft.value, before, now)
    if (text.value === before.text) text.value = now.text
  })

  const changed = computed(() => new Set(changedFeatures(schema()?.features ?? [], draft.value.features)))
  const isWholeChanged = computed(() => {
    const before = draftOf(schema())
    const { rows, environments } = draft.value
    return JSON.stringify([before.rows, before.environments]) !== JSON.stringify([rows, environments])
  })

  async function save(edit: Edit): Promise<void> {
    const asked = data()
    if (!asked || saving.value) return
    saving.value = true
    failure.value = null
    const answer = await attempt(engine.validation.edit({ data: asked, ...edit }))
    saving.value = false
    if (data() !== asked) return
    if (!answer.ok) {
      failure.value = answer.failure
      return
    }
    saved(answer.value)
    discard()
  }

  return reactive({
    draft,
    text,
    saving,
    failure,
    changed,
    isWholeChanged,
    isFormChanged: computed(() => changed.value.size > 0 || isWholeChanged.value),
    isTextChanged: computed(() => text.value !== (schema()?.text ?? '')),
    trouble: computed(() => troubleOf(draft.value)),
    discard,
    edit(name: string, change: Partial<SchemaFeature>): void {
      const features = draft.value.features.map(one => (one.name === name ? { ...one, ...change } : one))
      draft.value = { ...draft.value, features }
    },
    setRows(rows: Schema['rows']): void {
      draft.value = { ...draft.value, rows }
    },
    setEnvironments(environments: string[]): void {
      draft.value = withEnvironments(draft.value, environments)
    },
    saveForm: () =>
      save({
        features: draft.value.features,
        ...(isWholeChanged.value ? { rows: draft.value.rows, environments: draft.value.environments } : {}),
      }),
    saveText: () => save({ text: text.value }),
  })
}
export type SchemaEdit = ReturnType<typeof useSchemaEdit>
