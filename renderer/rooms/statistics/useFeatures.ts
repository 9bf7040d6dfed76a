import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import type { Engine, Failure } from '#contract'
import { failureOf, useEngine } from '../../engine/index.ts'
import { Pages } from '../../ui/pages.ts'
import type { ListedFeature } from './sides.ts'

export type FeaturesAsked = Omit<Parameters<Engine['statistics']['features']>[0], 'offset' | 'limit'>
type Answer = Awaited<ReturnType<Engine['statistics']['features']>>

/** px do not matter here: a page of features is a few screens long, and one answer stays small. */
const PAGE = 100
/* Between two requests while the list is being scrolled: what flies by is not asked for. */
const REST_MS = 120

/**
 * The features that the page asks for, read by page as they come into view. Another question keeps the old answer on
 * the screen until the first page of the new one is there.
 */
export function useFeatures(asked: () => FeaturesAsked | null) {
  const { engine, generation } = useEngine()
  const head = shallowRef<Answer['statistics'] | undefined>()
  const total = ref(0)
  const failure = shallowRef<Failure | null>(null)
  const isAsking = ref(false)
  const stamp = ref(0)
  let range = { first: 0, last: 20 }
  let shown: Pages<ListedFeature> | null = null
  let coming: Pages<ListedFeature> | null = null

  function ask(input: FeaturesAsked): Pages<ListedFeature> {
    let answer: Pick<Answer, 'statistics' | 'total'> | null = null
    let trouble: Failure | null = null
    const pages: Pages<ListedFeature> = new Pages<ListedFeature>(
      async (offset, limit, signal) => {
        try {
          const page = await engine.statistics.features({ ...input, offset, limit }, { signal })
          answer = page
          trouble = null
          return page.features
        } catch (reason) {
          if (!signal.aborted) trouble = failureOf(reason)
          throw reason
        }
      },
      () => {
        if (pages !== coming && pages !== shown) return
        if (pages === coming) {
          shown?.clear()
          shown = pages
          coming = null
          isAsking.value = false
        }
        failure.value = trouble
        if (answer) {
          head.value = answer.statistics
          total.value = answer.statistics ? answer.total : 0
        }
        stamp.value++
      },
      PAGE,
    )
    return pages
  }

  function load(fresh: boolean): void {
    coming?.clear()
    coming = null
    const input = asked()
    if (fresh) {
      shown?.clear()
      shown = null
      head.value = undefined
      total.value = 0
      failure.value = null
      stamp.value++
    }
    isAsking.value = input !== null
    if (!input) return
    coming = ask(input)
    coming.want(range.first, Math.max(range.first + 1, Math.min(range.last, total.value || range.last)))
  }

  let timer: ReturnType<typeof setTimeout> | undefined
  let lastWanted = 0
  function want(first: number, last: number): void {
    range = { first, last }
    clearTimeout(timer)
    const now = () => {
      lastWanted = Date.now()
      if (last > first) shown?.want(first, last)
    }
    const rest = lastWanted + REST_MS - Date.now()
    if (rest <= 0) now()
    else timer = setTimeout(now, rest)
  }

  /* Other rows or other columns are another table; another order or search is the same one seen anew. */
  const table = computed(() => {
    const input = asked()
    return JSON.stringify(input && [input.data, input.within, input.split])
  })
  watch(
    [() => JSON.stringify(asked()), table],
    ([, now], before) => {
      range = { first: 0, last: 20 }
      load(now !== before?.[1])
    },
    { immediate: true },
  )
  watch(generation, (_, before) => before > 0 && load(false))
  onScopeDispose(() => {
    clearTimeout(timer)
    shown?.clear()
    coming?.clear()
  })

  return {
    /** Of all features; null: not computed; undefined: not known yet. */
    head,
    /** Features that match. */
    total,
    failure,
    isAsking,
    /** A feature if its page is there. */
    row(index: number): ListedFeature | undefined {
      void stamp.value
      return shown?.row(index)
    },
    /** A feature by its name, if its page is there. */
    find(name: string): { feature: ListedFeature; index: number } | null {
      void stamp.value
      const at = (from: number, to: number): number => {
        for (let index = from; index < Math.min(to, total.value); index++)
          if (shown?.row(index)?.name === name) return index
        return -1
      }
      const inView = at(range.first, range.last)
      const index = inView >= 0 ? inView : at(0, total.value)
      const feature = shown?.row(index)
      return feature ? { feature, index } : null
    },
    want,
    reload: () => load(false),
    retry(): void {
      if (shown && head.value) shown.retry(range.first, range.last)
      else load(false)
    },
    /** Every feature that matches, in order, for files. */
    async all(signal?: AbortSignal): Promise<ListedFeature[]> {
      const input = asked()
      if (!input) return []
      const found: ListedFeature[] = []
      for (let offset = 0; ; offset += 500) {
        const page = await engine.statistics.features(
          { ...input, offset, limit: 500 },
          signal ? { signal } : undefined,
        )
        found.push(...page.features)
        if (page.features.length === 0 || found.length >= page.total) return found
      }
    },
  }
}
export type Features = ReturnType<typeof useFeatures>
