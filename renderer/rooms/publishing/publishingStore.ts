import { defineStore } from 'pinia'
import { ref } from 'vue'

/** What the publishing page is looking at, and what was offered from this window. */
export const usePublishing = defineStore('publishing', () => {
  /** The site whose devices, rollouts and settings are shown; null: all, or the first. */
  const site = ref<string | null>(null)
  const release = ref<string | null>(null)
  /** The version the dialog opens with; null while it is shut. */
  const form = ref<{ model?: string; version?: number } | null>(null)
  /** The repository offered over HTTP. Its token is told once, so the window keeps it while it is open. */
  const offered = ref<{ address: string; token: string | null } | null>(null)
  return { site, release, form, offered }
})
