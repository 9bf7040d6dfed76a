import { flushPromises, mount, type VueWrapper } from '@vue/test-utils'
import { createPinia } from 'pinia'
import { type Component, defineComponent, h } from 'vue'
import { createMemoryHistory, createRouter, type Router } from 'vue-router'
import type { Job } from '#contract'
import { pages } from '../../../renderer/app/rooms.ts'
import { type Answers, fakeEngine } from '../../../renderer/engine/fake.ts'
import { engineOf } from '../../../renderer/engine/index.ts'
import { workspace } from './samples.ts'

/* What jsdom lacks and a window has. */
window.matchMedia ??= ((query: string) => ({
  matches: false,
  media: query,
  addEventListener: () => {},
  removeEventListener: () => {},
})) as never
globalThis.ResizeObserver ??= class {
  observe() {}
  unobserve() {}
  disconnect() {}
} as never
Element.prototype.scrollIntoView ??= () => {}
Element.prototype.hasPointerCapture ??= () => false

export interface Mounted {
  wrapper: VueWrapper
  connection: ReturnType<typeof fakeEngine>
  router: Router
  /** Tells the page of a job, as the engine's stream would. */
  push: (job: Job) => Promise<void>
}

/** Answers of an engine whose workspace is empty; a test lists over them what it is about. */
const EMPTY: Answers = {
  workspace: { show: async () => workspace() },
  dataset: { list: async () => ({ datasets: [] }), samples: async () => ({ samples: [] }) },
  training: {
    list: async () => ({ runs: [], total: 0 }),
    page: async ({ offset }) => ({
      runs: [],
      total: 0,
      offset: offset ?? 0,
      shelves: { open: 0, archive: 0, bin: 0 },
    }),
  },
  evaluation: { list: async () => ({ evaluations: [] }) },
  optimization: { list: async () => ({ variants: [] }) },
  registry: { list: async () => ({ models: [] }) },
  publishing: {
    releases: async () => ({ releases: [] }),
    watch: async () =>
      (async function* () {
        yield { devices: [] }
      })(),
  },
  statistics: { show: async () => ({ statistics: null }) },
  validation: { show: async () => ({ schema: null, validation: null }) },
}

/** Mounts a page (or the whole window) on a fake engine, at an address, and waits until it is quiet. */
export async function mountPage(
  page: Component,
  answers: Answers = {},
  { path = '/', jobs = [] as Job[] } = {},
): Promise<Mounted> {
  const told: Job[] = []
  let wake = () => {}
  const stream = async function* (signal?: AbortSignal) {
    signal?.addEventListener('abort', () => wake())
    while (!signal?.aborted) {
      for (let job = told.shift(); job; job = told.shift()) yield job
      await new Promise<void>(resolve => {
        wake = resolve
      })
    }
  }
  const rooms = new Set([...Object.keys(EMPTY), ...Object.keys(answers), 'jobs'])
  const merged = Object.fromEntries(
    [...rooms].map(room => [
      room,
      {
        ...(room === 'jobs'
          ? {
              list: async () => ({ jobs }),
              watch: async (_: unknown, options?: { signal?: AbortSignal }) => stream(options?.signal),
            }
          : EMPTY[room as keyof Answers]),
        ...answers[room as keyof Answers],
      },
    ]),
  ) as Answers
  const connection = fakeEngine(merged)
  const blank = defineComponent(() => () => h('div'))
  const router = createRouter({
    history: createMemoryHistory(),
    routes: pages.map(({ name, path }) => ({
      name,
      path: name === 'home' ? path : `${path}/:id?`,
      component: blank,
    })),
  })
  await router.push(path)
  const wrapper = mount(page, {
    attachTo: document.body,
    global: { plugins: [engineOf(connection), createPinia(), router] },
  })
  await flushPromises()
  return {
    wrapper,
    connection,
    router,
    async push(job) {
      told.push(job)
      wake()
      await flushPromises()
    },
  }
}

/** Everything the window shows, dialogs and menus included. */
export const shownText = (): string => document.body.textContent?.replace(/\s+/g, ' ') ?? ''

/** The button (or link) with these words, anywhere in the window. */
export function button(words: string | RegExp): HTMLElement {
  const fits = (text: string) => (typeof words === 'string' ? text === words : words.test(text))
  const found = [...document.querySelectorAll<HTMLElement>('button,a[href],[role="menuitem"]')].find(
    one =>
      fits(one.textContent?.replace(/\s+/g, ' ').trim() ?? '') || fits(one.getAttribute('aria-label') ?? ''),
  )
  if (!found) throw new Error(`no button says ${words}; the window says: ${shownText()}`)
  return found
}

/** Presses a button and waits until the window is quiet. */
export async function press(words: string | RegExp): Promise<void> {
  button(words).click()
  await flushPromises()
}

/** Types into the field with this label. */
export async function type(label: string, text: string): Promise<void> {
  const named = [...document.querySelectorAll('label')].find(one => one.textContent?.trim().startsWith(label))
  const field = named && document.getElementById(named.htmlFor)
  if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement))
    throw new Error(`no field is called ${label}`)
  field.value = text
  field.dispatchEvent(new Event('input', { bubbles: true }))
  await flushPromises()
}
