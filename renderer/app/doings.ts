import { FileBox, Keyboard, ListChecks, Moon, Sun } from '@lucide/vue'
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { useRouter } from 'vue-router'
import type { EntryInfo } from '../engine/index.ts'
import { attempt, entries, useEngine, useJobs } from '../engine/index.ts'
import { useImport } from '../rooms/dataset/index.ts'
import { useOpenModel } from '../rooms/optimization/index.ts'
import { useBringIn } from '../rooms/training/index.ts'
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
  const opening = useOpenModel()
  const bringing = useBringIn()
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

  /** Entries that can be started from here, because the flow says all they need. */
  const STARTS: Record<string, () => void> = {
    'dataset.import': () => void importing.ask(),
    'training.import': () => bringing.show(),
    'statistics.compute': () => void work('statistics', 'compute'),
    'validation.infer': () => void work('validation', 'infer'),
    'validation.check': () => void work('validation', 'check'),
  }

  /** What the contract can do that changes something, by its own titles; the rest of a form is on the room's page. */
  const deeds = computed<Command[]>(() =>
    entries
      .filter(({ room, kind, about }) => kind !== 'watch' && !about.reads && !about.inner && room !== 'jobs')
      .map(({ room, verb, about }) => {
        const id = `${room}.${verb}`
        const isOfData = room === 'statistics' || room === 'validation'
        const start = isOfData && !flow.dataset ? undefined : STARTS[id]
        return {
          id,
          title: start && isOfData ? `${about.title} of ${flow.dataset}` : about.title,
          run: start ?? (() => void router.push(pathOf(room))),
        }
      }),
  )

  const list = computed<Command[]>(() => [
    ...deeds.value,
    { id: 'open-model', title: 'Open a model', icon: FileBox, run: () => opening.show() },
    {
      id: 'tray',
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
