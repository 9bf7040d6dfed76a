import { readonly, shallowRef } from 'vue'

/** A short word that something ended. It never carries the only copy of what one must know. */
export interface Toast {
  title: string
  text?: string
  kind?: 'good' | 'warn' | 'bad' | 'info'
  action?: { label: string; run: () => void }
  /** Milliseconds it stays; bad news and toasts with an action stay longer. */
  stay?: number
}

let next = 1
const shown = shallowRef<readonly (Toast & { id: number })[]>([])

/** Says something at the lower right for a few seconds; gives the number to take it back with. */
export function toast(one: Toast): number {
  const id = next++
  // the same words twice are one thing that happened again, not two things to read
  const others = shown.value.filter(
    other => other.title !== one.title || other.text !== one.text || other.kind !== one.kind,
  )
  shown.value = [...others.slice(-3), { ...one, id }]
  return id
}

/** Takes a toast back. */
export function dismissToast(id: number): void {
  shown.value = shown.value.filter(one => one.id !== id)
}

/** The toasts shown now, and the two things to do with them. */
export const useToast = () => ({ toasts: readonly(shown), toast, dismiss: dismissToast })
