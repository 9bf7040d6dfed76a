import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import type { Cell, Failure, Job, RunId, VariantKind, WhatIf } from '#contract'
import { useWork } from '../../../engine/index.ts'
import { editsOf } from './whatIf.ts'

interface Asked {
  run: RunId
  variant: VariantKind
  row: number
  rows: Record<string, Cell>[]
}

/* Typing is not answered letter by letter. */
const PAUSE = 350

/**
 * Asks a model a row as it is, and again whenever it was edited. One question at a time: what changed meanwhile is asked
 * when the answer is there, so that no answer of an older edit stands beside a newer one.
 */
export function useWhatIf(of: () => { run: RunId; variant: VariantKind; row: number } | null) {
  const work = useWork<Asked>(e => e.evaluation.predict as never, { says: true })
  const original = shallowRef<WhatIf | null>(null)
  const answer = shallowRef<WhatIf | null>(null)
  const failure = shallowRef<Failure | null>(null)
  const edited = ref<Record<string, Cell>>({})
  const edits = computed(() => (original.value ? editsOf(original.value.instance, edited.value) : {}))
  const input = computed<Asked | null>(() => {
    const what = of()
    return what && { ...what, rows: Object.keys(edits.value).length ? [{ ...edits.value }] : [] }
  })

  let asking = false
  let again = false
  let timer: ReturnType<typeof setTimeout> | undefined
  async function ask(): Promise<void> {
    clearTimeout(timer)
    const asked = input.value
    if (!asked) return
    if (asking) {
      again = true
      return
    }
    asking = true
    let job: Job | null = null
    try {
      job = await work.start(asked)
    } finally {
      asking = false
    }
    const isMeant = JSON.stringify(asked) === JSON.stringify(input.value)
    if (job?.status.state === 'succeeded' && of()?.row === asked.row && of()?.run === asked.run) {
      const { answers } = job.status.result as { answers: WhatIf[] }
      const [first, second] = answers
      if (first && !original.value) {
        original.value = first
        edited.value = { ...first.instance }
      }
      answer.value = second ?? first ?? null
      failure.value = null
    } else if (isMeant) failure.value = work.failure
    if (again || !isMeant) {
      again = false
      // a new original fills the form, which is no edit
      if (JSON.stringify(asked) !== JSON.stringify(input.value)) await ask()
    }
  }

  watch(
    () => JSON.stringify(of()),
    () => {
      original.value = null
      answer.value = null
      failure.value = null
      edited.value = {}
      void ask()
    },
    { immediate: true },
  )
  watch(
    () => JSON.stringify(edits.value),
    () => {
      if (!original.value) return
      clearTimeout(timer)
      timer = setTimeout(() => void ask(), PAUSE)
    },
  )
  onScopeDispose(() => clearTimeout(timer))

  return {
    work,
    original,
    answer,
    failure,
    edited,
    edits,
    input,
    ask,
    reset() {
      if (original.value) edited.value = { ...original.value.instance }
    },
  }
}
