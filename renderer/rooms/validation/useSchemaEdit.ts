import { computed, onScopeDispose, reactive, ref, shallowRef, watch } from 'vue'
import type { Engine, Failure, Schema, SchemaFeature } from '#contract'
import { attempt, useEngine } from '../../engine/index.ts'
import {
  changedFeatures,
  type Draft,
  draftOf,
  isWholeEdited,
  rebased,
  removedFeatures,
  troubleOf,
  withEnvironments,
} from './draft.ts'

type Edit = Omit<Parameters<Engine['validation']['edit']>[0], 'data'>

/** How long a hand rests before the other side follows, in ms: a text is wrong between two letters. */
const REST = { form: 120, text: 350 }

/**
 * Edits of a schema, in the form and in its text, until they are saved or put away. Either side follows the other: the
 * engine says what an edit of one makes of the other. They outlive a look at another tab; where the schema changes
 * meanwhile, the form's edits are laid over its new version.
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
  /** The text was edited by hand, so that it is what is saved. */
  const byHand = ref(false)
  /** Why one side cannot follow the other: a text that cannot be read, a form that no schema can say. */
  const apart = shallowRef<{ by: 'form' | 'text'; failure: Failure } | null>(null)
  /** The side that was edited last and that the other does not follow yet. */
  const ahead = ref<'form' | 'text' | null>(null)
  /** The text that the form was read from last: what no form shows is in it. */
  let basis = text.value
  let timer: ReturnType<typeof setTimeout> | undefined
  let turn = 0

  function edited(by: 'form' | 'text'): void {
    turn++
    clearTimeout(timer)
    ahead.value = by
    if (apart.value?.by === by) apart.value = null
    timer = setTimeout(() => void follow(), REST[by])
  }
  /** Lets the other side follow the one that was edited last. */
  async function follow(): Promise<void> {
    clearTimeout(timer)
    const by = ahead.value
    if (!by) return
    const mine = ++turn
    const answer = await attempt(
      engine.validation.draft(by === 'text' ? { text: text.value } : { text: basis, ...draft.value }),
    )
    if (mine !== turn) return
    ahead.value = null
    apart.value = answer.ok ? null : { by, failure: answer.failure }
    if (!answer.ok) return
    basis = answer.value.text
    if (by === 'form') text.value = basis
    else {
      const { features, rows, environments } = answer.value
      draft.value = { features, rows, environments }
    }
  }
  onScopeDispose(() => clearTimeout(timer))

  function reset(next: Draft, of: string): void {
    turn++
    clearTimeout(timer)
    ahead.value = null
    apart.value = null
    draft.value = next
    basis = text.value = of
  }
  function discard(): void {
    byHand.value = false
    failure.value = null
    reset(draftOf(schema()), schema()?.text ?? '')
  }
  watch(schema, (now, before) => {
    if (now?.id === before?.id) return
    if (!now || !before || now.dataset !== before.dataset) return discard()
    // A text that someone edits stays as it is, and is an edit of the new version from now on.
    if (byHand.value) return
    const next = rebased(draft.value, before, now)
    reset(next, now.text)
    if (isFormChanged.value) edited('form')
  })

  const changed = computed(() => new Set(changedFeatures(schema()?.features ?? [], draft.value.features)))
  const isWholeChanged = computed(() => isWholeEdited(schema(), draft.value))
  const isFormChanged = computed(
    () =>
      changed.value.size > 0 ||
      isWholeChanged.value ||
      removedFeatures(schema()?.features ?? [], draft.value.features).length > 0,
  )
  const isTextChanged = computed(() => text.value !== (schema()?.text ?? ''))

  async function save(): Promise<void> {
    const asked = data()
    if (!asked || saving.value) return
    saving.value = true
    failure.value = null
    await follow()
    const { features, rows, environments } = draft.value
    const edit: Edit = byHand.value
      ? { text: text.value }
      : { features, ...(isWholeChanged.value ? { rows, environments } : {}) }
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

  function change(next: Draft): void {
    draft.value = next
    edited('form')
  }

  return reactive({
    draft,
    text,
    saving,
    failure,
    changed,
    isWholeChanged,
    isFormChanged,
    isTextChanged,
    isEdited: computed(() => isFormChanged.value || isTextChanged.value),
    /** What is wrong with the text as it is written, where that is known. */
    unread: computed(() => (apart.value?.by === 'text' ? apart.value.failure : null)),
    /** What keeps the draft from being saved. */
    trouble: computed(() => {
      if (apart.value?.by === 'text') return 'The text cannot be read; it says where.'
      return troubleOf(draft.value) ?? (apart.value && byHand.value ? apart.value.failure.message : null)
    }),
    /** Why the form takes nothing: it would not fit a text that nobody could read yet. */
    formClosed: computed(() =>
      apart.value?.by === 'text' ? 'The text beside cannot be read; mend it first.' : null,
    ),
    discard,
    save,
    write(now: string): void {
      if (now === text.value) return
      text.value = now
      byHand.value = true
      edited('text')
    },
    edit(name: string, more: Partial<SchemaFeature>): void {
      const features = draft.value.features.map(one => (one.name === name ? { ...one, ...more } : one))
      change({ ...draft.value, features })
    },
    add(feature: SchemaFeature): void {
      change({ ...draft.value, features: [...draft.value.features, feature] })
    },
    remove(name: string): void {
      change({ ...draft.value, features: draft.value.features.filter(one => one.name !== name) })
    },
    setRows(rows: Schema['rows']): void {
      change({ ...draft.value, rows })
    },
    setEnvironments(environments: string[]): void {
      change(withEnvironments(draft.value, environments))
    },
  })
}
export type SchemaEdit = ReturnType<typeof useSchemaEdit>
