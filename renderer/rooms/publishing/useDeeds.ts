import { type Component, reactive, ref, shallowRef } from 'vue'
import type { Engine, Failure } from '#contract'
import { attempt, entries, useEngine } from '../../engine/index.ts'
import { dismissToast, toast } from '../../ui/index.ts'

type Room = Engine['publishing']
/** Entries of this room that answer at once and change something. */
export type Verb =
  | 'init'
  | 'site'
  | 'promote'
  | 'hold'
  | 'rollback'
  | 'deviceApprove'
  | 'deviceGroup'
  | 'deviceUse'
  | 'deviceForget'
  | 'deviceLetGo'
  | 'stopAgent'
  | 'rollBack'
  | 'keysRotate'

/** Something to be done at the press of a button, with the words that say what it does. */
export interface Deed<V extends Verb = Verb> {
  verb: V
  input: Parameters<Room[V]>[0]
  /** A question, and what happens then. */
  title: string
  text: string
  /** On the two buttons: what stays, and what is done. */
  keep: string
  act: string
  icon?: Component
  isDanger?: boolean
  /** Said at its end. */
  done: string
  /** Does the opposite. */
  back?: Deed
}

/** What the contract says of taking something back. */
export function undoText(verb: Verb): string {
  const about = entries.find(each => each.room === 'publishing' && each.verb === verb)?.about
  if (about?.final) return 'This cannot be taken back.'
  return about?.undo ? `To take it back: ${about.undo[0]?.toLowerCase()}${about.undo.slice(1)}.` : ''
}

/**
 * Does what a button says: at once, or after a question.
 * @param after what else has to be asked anew, once something has changed
 */
export function useDeeds(after: () => void) {
  const { engine } = useEngine()
  const asked = shallowRef<Deed | null>(null)
  const busy = ref<string | null>(null)
  const failure = shallowRef<Failure | null>(null)
  let said = 0

  async function run<V extends Verb>(deed: Deed<V>): Promise<boolean> {
    busy.value = deed.act
    failure.value = null
    const call = engine.publishing[deed.verb] as (input: unknown) => Promise<unknown>
    const answer = await attempt(call(deed.input))
    busy.value = null
    if (!answer.ok) {
      failure.value = answer.failure
      return false
    }
    const { back } = deed
    // the way back of what was done before would no longer lead there
    dismissToast(said)
    said = toast({
      kind: 'good',
      title: deed.done,
      ...(back ? { action: { label: back.act, run: () => void run(back) } } : {}),
    })
    asked.value = null
    after()
    return true
  }
  return reactive({
    asked,
    busy,
    failure,
    /** Asks first. */
    ask<V extends Verb>(deed: Deed<V>): void {
      failure.value = null
      asked.value = deed as unknown as Deed
    },
    run,
    clear(): void {
      failure.value = null
      asked.value = null
    },
  })
}
export type Deeds = ReturnType<typeof useDeeds>
