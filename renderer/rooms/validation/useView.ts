import { computed, shallowRef, watch } from 'vue'
import { type LocationQuery, type LocationQueryRaw, useRoute, useRouter } from 'vue-router'

export const TABS = ['anomalies', 'drift', 'schema', 'suggestions', 'history'] as const
export type Tab = (typeof TABS)[number]

/** Everything that decides what the page shows. It stands in the address, so that back works and an alert lands here. */
export interface View {
  /** The dataset or version; null: the one the window is on. */
  data: string | null
  tab: Tab
  /** The feature that is looked at; '' is the dataset as a whole. */
  feature: string | null
  /** Of what kind the anomaly or the drift is that is looked at. */
  kind: string | null
  /** The schema as a form or as text. */
  as: 'form' | 'text'
  /** Features whose curves are drawn; empty: those that moved most. */
  curves: string[]
}

const many = (value: LocationQuery[string] | undefined): string[] =>
  (Array.isArray(value) ? value : [value]).filter((text): text is string => !!text)
const one = (value: LocationQuery[string] | undefined): string | null => {
  const first = Array.isArray(value) ? value[0] : value
  return typeof first === 'string' ? first : null
}

/** Reads an address; what it says wrongly counts as not said. */
export function readView(query: LocationQuery): View {
  return {
    data: one(query.data) || null,
    tab: TABS.find(tab => tab === one(query.tab)) ?? 'anomalies',
    feature: one(query.feature),
    kind: one(query.kind) || null,
    as: one(query.as) === 'text' ? 'text' : 'form',
    curves: many(query.curves),
  }
}

/** The address of a view; `readView` reads it back. What is as usual is left out. */
export function printView(view: Partial<View>): LocationQueryRaw {
  const said: Record<string, string | string[] | null | undefined> = {
    ...view,
    tab: view.tab === 'anomalies' ? null : view.tab,
    as: view.as === 'text' ? 'text' : null,
    curves: view.curves?.length ? view.curves : null,
  }
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null && value !== undefined))
}

/** The view that the address says, and a way to change it. */
export function useView() {
  const route = useRoute()
  const router = useRouter()
  const { path } = route
  const query = shallowRef<LocationQuery>(route.query)
  watch(
    () => route.fullPath,
    () => {
      // on the way to another page its address is not ours to read
      if (route.path === path) query.value = route.query
    },
  )
  const view = computed(() => readView(query.value))
  /** @param quietly without a step for the back button: for what is walked through */
  function set(change: Partial<View>, quietly = false): void {
    const next = printView({ ...view.value, ...change })
    // shown at once, and so that two changes in one moment do not undo each other
    query.value = next as LocationQuery
    void router[quietly ? 'replace' : 'push']({ path, query: next })
  }
  return { view, set }
}
