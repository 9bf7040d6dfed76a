import { computed, ref, type ShallowRef, shallowRef, watch } from 'vue'
import type { Failure, FeedbackSample, Labeling } from '#contract'
import { attempt, useEngine } from '../../engine/index.ts'
import { keepDraft } from './drafts.ts'

/** Rows that are read ahead, and when more are read. */
const AHEAD = 40
const FEW = 10

/** What a person says of a row. */
export type Said = { label: string | number } | { accept: true } | { skip: true }

/** Goes through the open rows of a batch one by one. Each label is on disk before the next row is shown as done. */
export function useLabeling(batch: () => string | null, arrived: () => number) {
  const { engine } = useEngine()
  const queue: ShallowRef<FeedbackSample[]> = shallowRef([])
  const labeling = shallowRef<Labeling | null>(null)
  const total = ref(0)
  const loading = ref(false)
  const failure = shallowRef<Failure | null>(null)
  /** Newest last. */
  const done: ShallowRef<FeedbackSample[]> = shallowRef([])
  /** Labels on their way to disk, one after the other. */
  let saving: Promise<unknown> = Promise.resolve()
  let asked = 0

  async function read(): Promise<void> {
    const id = batch()
    if (id === null) {
      queue.value = []
      total.value = 0
      return
    }
    const turn = ++asked
    loading.value = true
    await saving
    const said = await attempt(engine.feedback.show({ batch: id, state: 'open', limit: AHEAD }))
    if (turn !== asked) return
    loading.value = false
    if (!said.ok) {
      failure.value = said.failure
      return
    }
    failure.value = null
    labeling.value = said.value.labeling
    total.value = said.value.total
    const known = new Set(queue.value.map(({ id: each }) => each))
    // The row that is looked at stays where it is.
    queue.value = [...queue.value, ...said.value.samples.filter(sample => !known.has(sample.id))]
  }

  watch(
    batch,
    () => {
      queue.value = []
      done.value = []
      failure.value = null
      void read()
    },
    { immediate: true },
  )
  watch(arrived, () => {
    if (queue.value.length < FEW) void read()
  })

  const current = computed(() => queue.value[0] ?? null)

  async function say(what: Said): Promise<void> {
    const sample = current.value
    if (!sample) return
    queue.value = queue.value.slice(1)
    total.value = Math.max(0, total.value - 1)
    done.value = [...done.value, sample]
    const turn = saving.then(() => attempt(engine.feedback.label({ sample: sample.id, ...what })))
    saving = turn
    const said = await turn
    if (!said.ok) {
      failure.value = said.failure
      done.value = done.value.filter(each => each !== sample)
      queue.value = [sample, ...queue.value]
      total.value++
      return
    }
    failure.value = null
    keepDraft(sample.id, '')
    if (queue.value.length < FEW && queue.value.length < total.value) void read()
  }

  async function undo(): Promise<void> {
    const last = done.value.at(-1)
    if (!last) return
    done.value = done.value.slice(0, -1)
    const turn = saving.then(() => attempt(engine.feedback.label({ sample: last.id, clear: true })))
    saving = turn
    const said = await turn
    if (!said.ok) {
      failure.value = said.failure
      done.value = [...done.value, last]
      return
    }
    queue.value = [last, ...queue.value.filter(({ id }) => id !== last.id)]
    total.value++
  }

  return { current, queue, labeling, total, loading, failure, done, say, undo, read }
}
