import { defineStore } from 'pinia'
import { ref } from 'vue'

/** What the feedback page is looking at. */
export const useFeedbackChoice = defineStore('feedback', () => {
  /** Null: the newest batch in which something is open. */
  const batch = ref<string | null>(null)
  return { batch }
})
