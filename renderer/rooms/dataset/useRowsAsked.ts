import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { parseQuery, printQuery, type RowsAsked } from './filters.ts'

const OURS = ['where', 'split', 'slice', 'search', 'only', 'column', 'sort', 'descending']

/** What the row view shows, kept in the address alone: links land on it, and Back takes a filter back. */
export function useRowsAsked() {
  const route = useRoute()
  const router = useRouter()
  const read = computed(() => parseQuery(route.query))

  /** Changes some of it. What is typed letter by letter replaces the address, other changes are steps of Back. */
  function ask(change: Partial<RowsAsked>, step: 'push' | 'replace' = 'push'): void {
    const others = Object.fromEntries(Object.entries(route.query).filter(([key]) => !OURS.includes(key)))
    const query = { ...others, ...printQuery({ ...read.value.asked, ...change }) }
    router[step]({ path: route.path, query })
  }
  /** All rows again; their order stays. */
  const clear = (): void =>
    ask({
      where: [],
      split: undefined,
      slice: undefined,
      search: undefined,
      only: undefined,
    })

  return {
    asked: computed(() => read.value.asked),
    trouble: computed(() => read.value.trouble),
    ask,
    clear,
  }
}
