import { readonly, shallowRef } from 'vue'

const said = shallowRef('')

/** Says something to a screen reader and shows nothing: what the page itself already shows to the eye. */
export function say(text: string): void {
  // the same words twice are spoken twice only when the region changes between
  said.value = said.value === text ? `${text}\u00A0` : text
}

/** What was said last. */
export const useSpoken = () => readonly(said)
