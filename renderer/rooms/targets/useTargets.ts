import { defineStore } from 'pinia'
import { computed, reactive } from 'vue'
import type { Failure, TargetCheck, TargetKind, TargetSpec } from '#contract'
import { attempt, useCall, useEngine } from '../../engine/index.ts'

/** A place to train, as the page lists it. */
export interface TargetRow {
  name: string
  title: string
  kind: TargetKind
  /** Runs that it takes side by side. */
  atOnce: number
  paused: boolean
  ready: boolean
  why: string
  /** How a person added it; null for one that is always there. */
  spec: TargetSpec | null
}

/** How the last look at a target went. */
export interface Looked {
  busy: boolean
  checks: TargetCheck[] | null
  failure: Failure | null
}

/** Results of the looks at targets; they stay while the window is open, and pages share them. */
export const useLooks = defineStore('looks', () => {
  const { engine } = useEngine()
  const byName = reactive(new Map<string, Looked>())
  const stops = new Map<string, AbortController>()

  async function look(name: string): Promise<void> {
    stops.get(name)?.abort()
    const stop = new AbortController()
    stops.set(name, stop)
    byName.set(name, { busy: true, checks: byName.get(name)?.checks ?? null, failure: null })
    const answer = await attempt(engine.training.targetCheck({ name }, { signal: stop.signal }))
    if (stop.signal.aborted) return
    byName.set(name, {
      busy: false,
      checks: answer.ok ? answer.value.checks : null,
      failure: answer.ok ? null : answer.failure,
    })
  }
  function forget(name: string): void {
    stops.get(name)?.abort()
    byName.delete(name)
  }
  return { byName, look, forget }
})

/** The targets of the workspace: those that are always there, then those that a person added. */
export function useTargets() {
  const queue = useCall(
    e => e.training.queue,
    () => ({}),
  )
  const saved = useCall(
    e => e.training.targetList,
    () => ({}),
  )
  const choices = useCall(
    e => e.training.choices,
    () => ({}),
  )
  const rows = computed((): TargetRow[] | null => {
    if (!queue.value || !saved.value) return null
    return queue.value.targets.map(({ name, title, kind, atOnce, paused }) => {
      const { ready, why } = choices.value?.targets.find(one => one.name === name) ?? { ready: true, why: '' }
      const isAlways = kind === 'local' || kind === 'webgpu'
      const spec = isAlways ? null : (saved.value?.targets.find(one => one.name === name) ?? null)
      return { name, kind, atOnce, paused, ready, why, spec, title: spec?.name ?? title }
    })
  })
  const failure = computed(() => queue.failure ?? saved.failure)
  const reload = () => Promise.all([queue.reload(), saved.reload(), choices.reload()])
  return { rows, failure, reload }
}
