import { defineStore } from 'pinia'
import { ref } from 'vue'

/** What the registry page is looking at. */
export const useRegistryChoice = defineStore('registry', () => {
  const model = ref<string | null>(null)
  /** Numbers of versions: the first is the one shown, the others are compared with it. */
  const versions = ref<number[]>([])
  return { model, versions }
})
