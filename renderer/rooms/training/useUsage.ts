import { onScopeDispose, shallowReactive, watch } from 'vue'
import type { RunId, Usage } from '#contract'
import { useEngine } from '../../engine/index.ts'

type UsedThen = Usage & { at: string }

/** Moments that are drawn. */
const KEPT = 120

/** What a run takes of its target: the last moments, then as it goes. Without a run nothing is listened to. */
export function useUsage(run: () => RunId | null): { moments: UsedThen[] } {
  const { engine, generation } = useEngine()
  const view = shallowReactive<{ moments: UsedThen[] }>({ moments: [] })
  let stop = new AbortController()
  async function listen(id: RunId, signal: AbortSignal): Promise<void> {
    try {
      for await (const event of await engine.training.usage({ run: id }, { signal })) {
        if (signal.aborted) return
        if (event.at > (view.moments.at(-1)?.at ?? '')) view.moments = [...view.moments, event].slice(-KEPT)
      }
    } catch {
      // what a run uses is a help to look at; its log says what is wrong with it
    }
  }
  watch(
    () => [run(), generation.value] as const,
    ([id], before) => {
      stop.abort()
      stop = new AbortController()
      if (id !== before?.[0]) view.moments = []
      if (id) void listen(id, stop.signal)
    },
    { immediate: true },
  )
  onScopeDispose(() => stop.abort())
  return view
}
