import { ChartColumn, Database, FileCog, Keyboard, ListChecks, Moon, ShieldCheck, Sun } from '@lucide/vue'
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { useRouter } from 'vue-router'
import type { EntryInfo } from '../engine/index.ts'
import { attempt, useEngine, useJobs } from '../engine/index.ts'
import { useImport } from '../rooms/dataset/index.ts'
import { type Command, toast } from '../ui/index.ts'
import { useFlow } from './flow.ts'
import { pathOf } from './places.ts'
import { theme } from './theme.ts'

/** What can be done from anywhere in the window: by the palette, by a key, by the menu of the shell. */
export const useDoings = defineStore('doings', () => {
  const router = useRouter()
  const flow = useFlow()
  const jobs = useJobs()
  const { engine } = useEngine()
  const importing = useImport()
  const trayOpen = ref(localStorage.getItem('edgewright.jobs') === 'open')
  const paletteOpen = ref(false)
  const keysOpen = ref(false)

  function toggleTray(): void {
    trayOpen.value = !trayOpen.value
    localStorage.setItem('edgewright.jobs', trayOpen.value ? 'open' : 'shut')
  }

  /** Starts work on the flow's dataset and shows the room where its outcome appears. */
  async function work(room: 'statistics' | 'validation', verb: 'compute' | 'infer' | 'check'): Promise<void> {
    const data = flow.dataset
    if (!data) return
    await router.push(pathOf(room))
    const rooms = engine as unknown as Record<string, Record<string, (input: unknown) => Promise<never>>>
    const begun = await attempt(rooms[room]?.[verb]?.({ data }) as Promise<never>)
    if (begun.ok) jobs.take(begun.value)
    else toast({ kind: 'bad', title: begun.failure.message, text: begun.failure.remedy })
  }

  const list = computed<Command[]>(() => [
    { id: 'import', title: 'Import data', icon: Database, run: () => importing.ask() },
    ...(flow.dataset
      ? [
          {
            id: 'statistics',
            title: `Compute statistics of ${flow.dataset}`,
            icon: ChartColumn,
            run: () => void work('statistics', 'compute'),
          },
          {
            id: 'check',
            title: `Check ${flow.dataset}`,
            icon: ShieldCheck,
            run: () => void work('validation', 'check'),
          },
          {
            id: 'infer',
            title: `Infer a schema from ${flow.dataset}`,
            icon: FileCog,
            run: () => void work('validation', 'infer'),
          },
        ]
      : []),
    {
      id: 'jobs',
      title: trayOpen.value ? 'Close the jobs tray' : 'Open the jobs tray',
      icon: ListChecks,
      shortcut: 'J',
      run: toggleTray,
    },
    { id: 'light', title: 'Light theme', icon: Sun, run: () => setTheme('light') },
    { id: 'dark', title: 'Dark theme', icon: Moon, run: () => setTheme('dark') },
    {
      id: 'keys',
      title: 'Show keyboard shortcuts',
      icon: Keyboard,
      shortcut: '?',
      run: () => {
        keysOpen.value = true
      },
    },
  ])

  /** What a copied command is given: the things the window is on, and words in capitals for the rest. */
  function inputOf({ room, about, entry }: EntryInfo): Record<string, unknown> {
    const known: Record<string, unknown> = {
      data: flow.dataset,
      dataset: flow.dataset,
      run: flow.current?.runs[0]?.id,
      model: flow.current?.models[0]?.name,
      ...(room === 'dataset' ? { name: flow.dataset } : {}),
    }
    const shape = (
      entry['~orpc'] as {
        inputSchema?: { shape?: Record<string, { safeParse(v: unknown): { success: boolean } }> }
      }
    ).inputSchema?.shape
    const input: Record<string, unknown> = {}
    for (const [field, schema] of Object.entries(shape ?? {})) {
      const needed = !schema.safeParse(undefined).success
      if (needed) input[field] = known[field] ?? field.toUpperCase()
      else if (about.positional?.includes(field) && known[field]) input[field] = known[field]
    }
    return input
  }

  return { list, inputOf, trayOpen, toggleTray, paletteOpen, keysOpen }
})

function setTheme(wanted: 'light' | 'dark'): void {
  theme.value = wanted
}
